using System.Buffers.Binary;

namespace Ebb.Protocol.Messages;

/// <summary>The fixed fields of a WHY reply.</summary>
public readonly record struct WhyHead
{
    public const int Bytes = 72;

    private const byte KnownBit = 1;
    private const byte HasSinceBit = 2;
    private const byte KnownThenBit = 4;
    private const byte CompleteBit = 8;

    public bool Known { get; init; }

    /// <summary>The earlier moment was asked for; the fields of then mean something.</summary>
    public bool HasSince { get; init; }

    public bool KnownThen { get; init; }

    public bool IsComplete { get; init; }

    /// <summary>PROTOCOL.md §3.13.</summary>
    public byte Rules { get; init; }

    public int SourceCount { get; init; }

    public int EventCount { get; init; }

    public int PhaseCount { get; init; }

    /// <summary>Rules that name the item.</summary>
    public int ShopRuleCount { get; init; }

    public double Score { get; init; }

    public double Log2Scale { get; init; }

    public double ScoreThen { get; init; }

    public double Log2ScaleThen { get; init; }

    public double OlderEvents { get; init; }

    public double OlderEventsThen { get; init; }

    public long SinceMs { get; init; }

    public ulong Generation { get; init; }

    internal static WhyHead Read(scoped ref WireReader reader)
    {
        byte bits = reader.ReadByte();
        byte sourceCount = reader.ReadByte();
        ushort eventCount = reader.ReadUInt16();
        byte phaseCount = reader.ReadByte();
        byte rules = reader.ReadByte();
        ushort shopRuleCount = reader.ReadUInt16();
        return new WhyHead
        {
            Known = (bits & KnownBit) != 0,
            HasSince = (bits & HasSinceBit) != 0,
            KnownThen = (bits & KnownThenBit) != 0,
            IsComplete = (bits & CompleteBit) != 0,
            Rules = rules,
            SourceCount = sourceCount,
            EventCount = eventCount,
            PhaseCount = phaseCount,
            ShopRuleCount = shopRuleCount,
            Score = reader.ReadDouble(),
            Log2Scale = reader.ReadDouble(),
            ScoreThen = reader.ReadDouble(),
            Log2ScaleThen = reader.ReadDouble(),
            OlderEvents = reader.ReadDouble(),
            OlderEventsThen = reader.ReadDouble(),
            SinceMs = reader.ReadInt64(),
            Generation = reader.ReadUInt64(),
        };
    }

    /// <summary>Its sources, events, phases and rules must follow in that order.</summary>
    public void Write(FrameBuffer body)
    {
        var start = body.Append(Bytes);
        int bits = (Known ? KnownBit : 0) | (HasSince ? HasSinceBit : 0) | (KnownThen ? KnownThenBit : 0)
            | (IsComplete ? CompleteBit : 0);
        start[0] = (byte)bits;
        start[1] = (byte)SourceCount;
        BinaryPrimitives.WriteUInt16LittleEndian(start[2..], (ushort)EventCount);
        start[4] = (byte)PhaseCount;
        start[5] = Rules;
        BinaryPrimitives.WriteUInt16LittleEndian(start[6..], (ushort)ShopRuleCount);
        BinaryPrimitives.WriteDoubleLittleEndian(start[8..], Score);
        BinaryPrimitives.WriteDoubleLittleEndian(start[16..], Log2Scale);
        BinaryPrimitives.WriteDoubleLittleEndian(start[24..], ScoreThen);
        BinaryPrimitives.WriteDoubleLittleEndian(start[32..], Log2ScaleThen);
        BinaryPrimitives.WriteDoubleLittleEndian(start[40..], OlderEvents);
        BinaryPrimitives.WriteDoubleLittleEndian(start[48..], OlderEventsThen);
        BinaryPrimitives.WriteInt64LittleEndian(start[56..], SinceMs);
        BinaryPrimitives.WriteUInt64LittleEndian(start[64..], Generation);
    }
}
