using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Host.Tests.Protocol;

/// <summary>Writes the vectors of DRIFT, WHY, SUBSCRIBE and CHANGE.</summary>
internal static class InsightEncoders
{
    private const long T = 1_700_000_000_000;

    // The vectors' NaN is the positive quiet one; double.NaN of .NET is the negative.
    private static readonly double None = BitConverter.UInt64BitsToDouble(0x7FF8_0000_0000_0000);

    public static void DriftRequest(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Header(Opcode.Drift, 12, isReply: false));
        new DriftRequest { User = "ann"u8, NowMs = T + 9000, Raw = true }.Write(frame.Body());
        frame.Complete();
    }

    public static void DriftReply(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Header(Opcode.Drift, 12, isReply: true, 30));
        new DriftReplyBody
        {
            Known = true,
            HasList = true,
            IsAlarmed = true,
            IsRaw = true,
            Distance = EbbDriftDistance.Euclidean,
            Drift = 0.75,
            Cosine = 0.5,
            Euclidean = 0.75,
            Attention = None,
            AttentionSquared = None,
            KeepBelow = 0.01,
            ShiftFrom = 0.4,
            AlarmFrom = 0.6,
            PopulationShare = 0.99,
            Statistic = 1.5,
            Threshold = 8,
            AlarmCount = 2,
            Generation = 7,
            IsTasteAlarmed = true,
            Taste = 9.5,
            TasteAlarmFrom = 7.5,
            TasteStatistic = 0.25,
            TasteThreshold = 14,
            TasteAlarmCount = 1,
        }.Write(frame.Body());
        frame.Complete();
    }

    public static void WhyRequest(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Header(Opcode.Why, 13, isReply: false));
        new WhyRequest { User = "ann"u8, Item = "book-2"u8, NowMs = long.MinValue, SinceMs = T }.Write(frame.Body());
        frame.Complete();
    }

    public static void WhyReply(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Header(Opcode.Why, 13, isReply: true, 40));
        var body = frame.Body();
        new WhyHead
        {
            Known = true,
            HasSince = true,
            KnownThen = true,
            IsComplete = true,
            Rules = 3,
            SourceCount = 2,
            EventCount = 1,
            PhaseCount = 1,
            Score = 1.25,
            ScoreThen = 0.5,
            OlderEvents = 0.25,
            OlderEventsThen = 0.5,
            SinceMs = T,
            Generation = 7,
        }.Write(body);
        new WhySourceEntry { Kind = 0, Amount = 1, Then = 0.5, Name = "vector"u8 }.Write(body);
        new WhySourceEntry { Kind = 5, Amount = 0.25, Then = None, Name = "phase"u8 }.Write(body);
        new WhyEventEntry
        {
            Item = "book-1"u8,
            EventType = 4,
            TimeMs = T + 2000,
            Weight = 8,
            Amount = 0.75,
        }.Write(body);
        Phase("books"u8, EbbPhase.Expired, 0.5, PhaseEntry.Never).Write(body);
        frame.Complete();
    }

    public static void SubscribeRequest(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Header(Opcode.Subscribe, 14, isReply: false));
        new SubscribeRequest { User = "ann"u8 }.Write(frame.Body());
        frame.Complete();
    }

    public static void SubscribeReply(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Header(Opcode.Subscribe, 14, isReply: true, 15));
        var body = frame.Body();
        PhaseListWriter.WriteHead(body, 1, hasMissed: false, atMs: 0);
        Phase("books"u8, EbbPhase.Rising, 8, T + 60_000).Write(body);
        frame.Complete();
    }

    public static void Change(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Header(Opcode.Change, 14, isReply: true));
        var body = frame.Body();
        PhaseListWriter.WriteHead(body, 2, hasMissed: true, T + 60_000);
        Phase("books"u8, EbbPhase.Fading, 5.5, T + 90_000, EbbPhase.Rising).Write(body);
        new PhaseEntry
        {
            Subject = EbbPhaseSubject.Item,
            Phase = EbbPhase.None,
            Before = EbbPhase.Expired,
            Intensity = 0.5,
            Peak = 1,
            NextChangeMs = PhaseEntry.Never,
            Name = "book-1"u8,
        }.Write(body);
        frame.Complete();
    }

    private static PhaseEntry Phase(
        ReadOnlySpan<byte> name, EbbPhase phase, double intensity, long nextChangeMs,
        EbbPhase before = EbbPhase.None) =>
        new()
        {
            Subject = EbbPhaseSubject.Category,
            Phase = phase,
            Before = before,
            Intensity = intensity,
            Peak = 8,
            NextChangeMs = nextChangeMs,
            Name = name,
        };

    private static FrameHeader Header(Opcode opcode, ulong correlationId, bool isReply, uint timeUs = 0) => new()
    {
        Version = FrameHeader.Version1,
        Opcode = opcode,
        Flags = isReply ? FrameFlags.Reply : FrameFlags.None,
        CorrelationId = correlationId,
        TimeMicroseconds = timeUs,
    };
}
