using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Host.Tests.Protocol;

/// <summary>The vectors of FLOWS, TRENDS, EXPERIMENTS and MERGE, built again with our writers.</summary>
internal static class PopulationEncoders
{
    private const long T = 1_700_000_000_000;

    public static void FlowsRequestFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Request(Opcode.Flows, 23));
        new PopulationRequest(10, T).Write(frame.Body());
        frame.Complete();
    }

    public static void FlowsReplyFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Reply(Opcode.Flows, 23, 90));
        var body = frame.Body();
        new FlowsReplyHead(true, 2, T, 3).Write(body);
        new FlowWindowHead(3_600_000, 1, 1).Write(body);
        new FlowEntry { From = "tea"u8, To = "coffee"u8, Count = 2.5, Back = 0.5 }.Write(body);
        new FlowBalanceEntry { Name = "coffee"u8, In = 2.5, Out = 0.5, Stayed = 4, Began = 1 }.Write(body);
        new FlowWindowHead(86_400_000, 0, 0).Write(body);
        frame.Complete();
    }

    public static void TrendsRequestFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Request(Opcode.Trends, 24));
        new TrendsRequest { CountMax = 20, Order = 2, NowMs = T, Item = "book-1"u8 }.Write(frame.Body());
        frame.Complete();
    }

    public static void TrendsReplyFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Reply(Opcode.Trends, 24, 95));
        var body = frame.Body();
        body.WriteByte(1);
        body.WriteInt64(T);
        body.WriteUInt16(1);
        body.WriteUInt16(1);
        new TrendEntry
        {
            Name = "book-1"u8,
            Direction = 1,
            PerDay = 4.5,
            PerDayError = 0.25,
            SlopePerWeek = 1.5,
            RelativeSlope = 0.75,
            NextWeek = 36,
        }.Write(body);
        new TrendEntry
        {
            Name = "tea"u8,
            Direction = 2,
            PerDay = 8,
            PerDayError = 0.5,
            SlopePerWeek = -2,
            RelativeSlope = -0.125,
            NextWeek = 48,
        }.Write(body);
        frame.Complete();
    }

    public static void ExperimentsRequestFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Request(Opcode.Experiments, 26));
        new ExperimentsRequest
        {
            What = EbbExperimentsVerb.Revert,
            Policy = "today"u8,
            Author = "eve"u8,
            Reason = "odd"u8,
        }.Write(frame.Body());
        frame.Complete();
    }

    public static void ExperimentsReplyFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Reply(Opcode.Experiments, 26, 80));
        new ReportReply { Json = "[{\"name\":\"x\"}]"u8 }.Write(frame.Body());
        frame.Complete();
    }

    public static void MergeRequestFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Request(Opcode.Merge, 25));
        new MergeRequest { From = "visitor-1"u8, To = "ann"u8 }.Write(frame.Body());
        frame.Complete();
    }

    public static void MergeReplyFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Reply(Opcode.Merge, 25, 100));
        new MergeReply(true, 5).Write(frame.Body());
        frame.Complete();
    }
}
