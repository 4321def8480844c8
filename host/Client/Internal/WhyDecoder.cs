using System.Text;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Client.Internal;

/// <summary>The body of a WHY reply as a public record; null for what does not follow the protocol.</summary>
internal static class WhyDecoder
{
    public static WhyResult? Decode(ReadOnlySpan<byte> body, bool wasResent)
    {
        if (WhyReplyReader.TryOpen(body, out var reader) != StatusCode.Ok)
        {
            return null;
        }

        var sources = new List<EbbSourceShare>(reader.Head.SourceCount);
        while (reader.TryNextSource(out var source))
        {
            sources.Add(new EbbSourceShare(Encoding.UTF8.GetString(source.Name), source.Amount, source.Then));
        }

        var events = new List<EbbEventShare>(reader.Head.EventCount);
        while (reader.TryNextEvent(out var one))
        {
            events.Add(new EbbEventShare(
                new EbbId(one.Item.ToArray()), one.EventType, one.TimeMs, one.Weight, one.Amount, one.Then));
        }

        var phases = new List<EbbSubjectPhase>(reader.Head.PhaseCount);
        while (reader.TryNextPhase(out var phase))
        {
            phases.Add(ReplyDecoders.Phase(phase));
        }

        var rules = new List<EbbRule>(reader.Head.ShopRuleCount);
        while (reader.TryNextShopRule(out var rule))
        {
            rules.Add(ShopDecoder.Rule(rule));
        }

        return reader.Finish() == StatusCode.Ok
            ? ToResult(reader.Head, sources, events, phases) with { ShopRules = rules }
            : null;
    }

    private static WhyResult ToResult(
        in WhyHead head, List<EbbSourceShare> sources, List<EbbEventShare> events, List<EbbSubjectPhase> phases) =>
        new(head.Score, head.Log2Scale)
        {
            Known = head.Known,
            Sources = sources,
            Events = events,
            OlderEvents = head.OlderEvents,
            Phases = phases,
            Rules = (EbbScoreRules)head.Rules,
            Since = !head.HasSince ? null : new EbbScorePast(head.SinceMs, head.ScoreThen, head.Log2ScaleThen)
            {
                Known = head.KnownThen,
                IsComplete = head.IsComplete,
                OlderEvents = head.OlderEventsThen,
            },
            Generation = head.Generation,
        };
}
