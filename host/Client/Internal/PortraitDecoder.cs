using System.Text;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Client.Internal;

/// <summary>The body of a PORTRAIT reply as a public record; null for what does not follow the protocol.</summary>
internal static class PortraitDecoder
{
    public static PortraitResult? Decode(ReadOnlySpan<byte> body, bool wasResent)
    {
        var reader = new WireReader(body);
        var head = PortraitHead.Read(ref reader);
        var categories = new List<EbbPortraitCategory>(head.CategoryCount);
        for (int index = 0; index < head.CategoryCount && !reader.Failed; index++)
        {
            var one = PortraitCategoryEntry.Read(ref reader);
            long? next = one.NextChangeMs == PhaseEntry.Never ? null : one.NextChangeMs;
            categories.Add(new EbbPortraitCategory(Text(one.Name), one.Mass, one.MassThen, one.Phase, next));
        }

        var events = new List<EbbPortraitEvent>(head.EventCount);
        for (int index = 0; index < head.EventCount && !reader.Failed; index++)
        {
            var one = PortraitEventEntry.Read(ref reader);
            events.Add(new EbbPortraitEvent(
                new EbbId(one.Item.ToArray()), one.EventType, one.TimeMs, one.Weight, one.Share));
        }

        var likely = new List<EbbCategoryChance>(head.NextCount);
        for (int index = 0; index < head.NextCount && !reader.Failed; index++)
        {
            var one = CategoryChanceEntry.Read(ref reader);
            likely.Add(new EbbCategoryChance(Text(one.Name), one.Probability));
        }

        EbbChangeForecast? forecast = head.HasForecast ? Forecast(ref reader, head.ConditionCount) : null;
        return !reader.IsComplete ? null : new PortraitResult
        {
            Known = head.Known,
            AtMs = head.AtMs,
            SinceMs = head.SinceMs,
            LastEventMs = head.LastEventMs,
            EventCount = head.FoldedCount,
            IsComplete = head.IsComplete,
            Mass = head.Mass,
            MassThen = head.MassThen,
            Categories = categories,
            Events = events,
            OlderShare = head.OlderShare,
            NextCategories = likely,
            Forecast = forecast,
            Generation = head.Generation,
        };
    }

    private static EbbChangeForecast Forecast(ref WireReader reader, int conditionCount)
    {
        var entry = PortraitForecastEntry.Read(ref reader);
        var conditions = new List<EbbRuleCondition>(conditionCount);
        for (int index = 0; index < conditionCount && !reader.Failed; index++)
        {
            var one = RuleConditionEntry.Read(ref reader);
            conditions.Add(new EbbRuleCondition(Text(one.Feature), one.Low, one.High, one.Value));
        }

        // TimeSpan takes 922 million years of milliseconds; a stranger's number may be beyond.
        double windowMs = Math.Clamp((double)entry.WindowMs, 0, TimeSpan.MaxValue.TotalMilliseconds / 2);
        return new EbbChangeForecast(
            entry.Probability, entry.BaseRate, TimeSpan.FromMilliseconds(windowMs), entry.TrainedCount)
        {
            Conditions = conditions,
        };
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
