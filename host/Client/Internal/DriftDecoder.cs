using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Client.Internal;

/// <summary>The body of a DRIFT reply as a public record; null for what does not follow the protocol.</summary>
internal static class DriftDecoder
{
    public static DriftResult? Decode(ReadOnlySpan<byte> body, bool wasResent) =>
        DriftReplyBody.TryRead(body, out var reply) != StatusCode.Ok ? null : new DriftResult
        {
            Known = reply.Known,
            HasList = reply.HasList,
            Distance = reply.Distance,
            Drift = reply.Drift,
            Cosine = reply.Cosine,
            Euclidean = reply.Euclidean,
            Attention = reply.Attention,
            AttentionSquared = reply.AttentionSquared,
            IsRaw = reply.IsRaw,
            IsProjected = reply.IsProjected,
            KeepBelow = reply.KeepBelow,
            ShiftFrom = reply.ShiftFrom,
            AlarmFrom = reply.AlarmFrom,
            IsAlarmed = reply.IsAlarmed,
            PopulationShare = reply.PopulationShare,
            PopulationStatistic = reply.Statistic,
            PopulationThreshold = reply.Threshold,
            PopulationAlarmCount = reply.AlarmCount,
            IsPopulationAlarmed = reply.IsPopulationAlarmed,
            Taste = reply.Taste,
            TasteAlarmFrom = reply.TasteAlarmFrom,
            IsTasteAlarmed = reply.IsTasteAlarmed,
            TasteStatistic = reply.TasteStatistic,
            TasteThreshold = reply.TasteThreshold,
            TasteAlarmCount = reply.TasteAlarmCount,
            ArePopulationTastesAlarmed = reply.ArePopulationTastesAlarmed,
            Generation = reply.Generation,
        };
}
