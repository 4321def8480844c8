using System.Text;
using Ebb.Engine.Portrait;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Server.Transport;

/// <summary>Writes a portrait as PORTRAIT's reply.</summary>
internal static class PortraitEncoder
{
    public static void Write(FrameBuffer body, UserPortrait portrait)
    {
        new PortraitHead
        {
            Known = portrait.Known,
            IsComplete = portrait.IsComplete,
            HasForecast = portrait.Forecast is not null,
            CategoryCount = (byte)portrait.Categories.Count,
            EventCount = (byte)portrait.Events.Count,
            NextCount = (byte)portrait.NextCategories.Count,
            ConditionCount = (byte)(portrait.Forecast?.Conditions.Count ?? 0),
            AtMs = portrait.AtMs,
            SinceMs = portrait.SinceMs,
            LastEventMs = portrait.LastEventMs,
            FoldedCount = portrait.EventCount,
            Mass = portrait.Mass,
            MassThen = portrait.MassThen,
            OlderShare = portrait.OlderShare,
            Generation = portrait.Generation,
        }.Write(body);
        foreach (var one in portrait.Categories)
        {
            new PortraitCategoryEntry
            {
                Phase = (EbbPhase)(byte)one.Phase,
                Mass = one.Mass,
                MassThen = one.MassThen,
                NextChangeMs = one.NextChangeMs ?? PhaseEntry.Never,
                Name = Text(one.Name),
            }.Write(body);
        }

        foreach (var one in portrait.Events)
        {
            new PortraitEventEntry
            {
                Item = one.Item.Span,
                EventType = one.Type,
                TimeMs = one.TimeMs,
                Weight = one.Weight,
                Share = one.Share,
            }.Write(body);
        }

        foreach (var one in portrait.NextCategories)
        {
            new CategoryChanceEntry { Probability = one.Probability, Name = Text(one.Category) }.Write(body);
        }

        if (portrait.Forecast is { } forecast)
        {
            Write(body, forecast);
        }
    }

    private static void Write(FrameBuffer body, ChangeForecast forecast)
    {
        new PortraitForecastEntry(
            forecast.Probability, forecast.BaseRate, (long)forecast.Window.TotalMilliseconds,
            (uint)forecast.TrainedCount).Write(body);
        foreach (var one in forecast.Conditions)
        {
            new RuleConditionEntry
            {
                Feature = Text(one.Feature),
                Low = one.Low,
                High = one.High,
                Value = one.Value,
            }.Write(body);
        }
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
