using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Client.Internal;

/// <summary>The body of a TRENDS reply as a public record; null for what does not follow the protocol.</summary>
internal static class TrendsDecoder
{
    public static TrendsResult? Decode(ReadOnlySpan<byte> body, bool wasResent)
    {
        var reader = new WireReader(body);
        byte counted = reader.ReadByte();
        long atMs = reader.ReadInt64();
        ushort itemCount = reader.ReadUInt16();
        ushort categoryCount = reader.ReadUInt16();
        var items = Trends(ref reader, itemCount);
        var categories = Trends(ref reader, categoryCount);
        return !reader.IsComplete ? null : new TrendsResult
        {
            IsCounted = counted != 0,
            AtMs = atMs,
            Items = items,
            Categories = categories,
        };
    }

    private static List<EbbTrend> Trends(ref WireReader reader, int count)
    {
        var trends = new List<EbbTrend>();
        for (int index = 0; index < count && !reader.Failed; index++)
        {
            var entry = TrendEntry.Read(ref reader);
            trends.Add(new EbbTrend(new EbbId(entry.Name.ToArray()), (EbbTrendDirection)entry.Direction)
            {
                PerDay = entry.PerDay,
                PerDayError = entry.PerDayError,
                SlopePerWeek = entry.SlopePerWeek,
                RelativeSlope = entry.RelativeSlope,
                NextWeek = entry.NextWeek,
            });
        }

        return trends;
    }
}
