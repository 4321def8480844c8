using System.Text;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Interest.Trends;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Server.Transport;

/// <summary>Writes what the engine says of the population as a whole.</summary>
internal static class PopulationEncoder
{
    public static void Flows(FrameBuffer body, FlowReport report)
    {
        new FlowsReplyHead(report.IsCounted, report.Windows.Count, report.AtMs, report.DroppedCount).Write(body);
        foreach (var window in report.Windows)
        {
            new FlowWindowHead((long)window.Length.TotalMilliseconds, window.Flows.Count, window.Balances.Count)
                .Write(body);
            foreach (var flow in window.Flows)
            {
                new FlowEntry
                {
                    From = Text(flow.From),
                    To = Text(flow.To),
                    Count = flow.Count,
                    Back = flow.Back,
                }.Write(body);
            }

            foreach (var one in window.Balances)
            {
                new FlowBalanceEntry
                {
                    Name = Text(one.Category),
                    In = one.In,
                    Out = one.Out,
                    Stayed = one.Stayed,
                    Began = one.Began,
                }.Write(body);
            }
        }
    }

    /// <summary>Layout: counted u8, moment i64, item count u16, category count u16, then the entries.</summary>
    public static void Trends(FrameBuffer body, TrendReport report)
    {
        body.WriteByte(report.IsCounted ? (byte)1 : (byte)0);
        body.WriteInt64(report.AtMs);
        body.WriteUInt16((ushort)report.Items.Count);
        body.WriteUInt16((ushort)report.Categories.Count);
        foreach (var trend in report.Items.Concat(report.Categories))
        {
            new TrendEntry
            {
                Name = trend.Name.Span,
                Direction = (byte)trend.Direction,
                PerDay = trend.PerDay,
                PerDayError = trend.PerDayError,
                SlopePerWeek = trend.SlopePerWeek,
                RelativeSlope = trend.RelativeSlope,
                NextWeek = trend.NextWeek,
            }.Write(body);
        }
    }

    public static void NextCategories(FrameBuffer body, IReadOnlyList<CategoryChance> chances)
    {
        body.WriteByte((byte)chances.Count);
        foreach (var chance in chances)
        {
            new CategoryChanceEntry { Probability = chance.Probability, Name = Text(chance.Category) }.Write(body);
        }
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
