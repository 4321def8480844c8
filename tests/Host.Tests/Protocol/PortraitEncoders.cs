using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Host.Tests.Protocol;

/// <summary>The vectors of PORTRAIT, built again with our writers.</summary>
internal static class PortraitEncoders
{
    private const long T = 1_700_000_000_000;

    public static void RequestFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Request(Opcode.Portrait, 27));
        new PortraitRequest { User = "ann"u8, NowMs = T + 9000, SinceMs = T }.Write(frame.Body());
        frame.Complete();
    }

    public static void ReplyFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Reply(Opcode.Portrait, 27, 35));
        var body = frame.Body();
        new PortraitHead
        {
            Known = true,
            IsComplete = true,
            HasForecast = true,
            CategoryCount = 1,
            EventCount = 1,
            NextCount = 1,
            ConditionCount = 1,
            AtMs = T + 9000,
            SinceMs = T,
            LastEventMs = T + 2000,
            FoldedCount = 2,
            Mass = 8.5,
            MassThen = 0.5,
            OlderShare = 0.25,
            Generation = 7,
        }.Write(body);
        new PortraitCategoryEntry
        {
            Phase = EbbPhase.Rising,
            Mass = 8,
            MassThen = 0.5,
            NextChangeMs = T + 60_000,
            Name = "books"u8,
        }.Write(body);
        new PortraitEventEntry
        {
            Item = "book-1"u8,
            EventType = 4,
            TimeMs = T + 2000,
            Weight = 8,
            Share = 0.75,
        }.Write(body);
        new CategoryChanceEntry { Probability = 0.5, Name = "tea"u8 }.Write(body);
        new PortraitForecastEntry(0.75, 0.5, 86_400_000, 120).Write(body);
        new RuleConditionEntry
        {
            Feature = "top_share"u8,
            Low = double.NegativeInfinity,
            High = 0.5,
            Value = 0.25,
        }.Write(body);
        frame.Complete();
    }
}
