using System.Text;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Client.Internal;

/// <summary>The body of a FLOWS reply as a public record; null for what does not follow the protocol.</summary>
internal static class FlowsDecoder
{
    public static FlowsResult? Decode(ReadOnlySpan<byte> body, bool wasResent)
    {
        var reader = new WireReader(body);
        var head = FlowsReplyHead.Read(ref reader);
        var windows = new List<EbbFlowWindow>(head.WindowCount);
        for (int index = 0; index < head.WindowCount && !reader.Failed; index++)
        {
            windows.Add(Window(ref reader));
        }

        return !reader.IsComplete ? null : new FlowsResult
        {
            IsCounted = head.IsCounted,
            AtMs = head.AtMs,
            DroppedCount = head.DroppedCount,
            Windows = windows,
        };
    }

    private static EbbFlowWindow Window(ref WireReader reader)
    {
        var head = FlowWindowHead.Read(ref reader);
        var flows = new List<EbbCategoryFlow>();
        for (int index = 0; index < head.FlowCount && !reader.Failed; index++)
        {
            var flow = FlowEntry.Read(ref reader);
            flows.Add(new EbbCategoryFlow(Text(flow.From), Text(flow.To), flow.Count, flow.Back));
        }

        var balances = new List<EbbCategoryBalance>();
        for (int index = 0; index < head.BalanceCount && !reader.Failed; index++)
        {
            var one = FlowBalanceEntry.Read(ref reader);
            balances.Add(new EbbCategoryBalance(Text(one.Name), one.In, one.Out, one.Stayed, one.Began));
        }

        // TimeSpan takes 922 million years of milliseconds; a stranger's number may be beyond.
        double lengthMs = Math.Clamp((double)head.LengthMs, 0, TimeSpan.MaxValue.TotalMilliseconds / 2);
        return new EbbFlowWindow(TimeSpan.FromMilliseconds(lengthMs)) { Flows = flows, Balances = balances };
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
