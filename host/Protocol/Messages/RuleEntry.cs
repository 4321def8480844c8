namespace Ebb.Protocol.Messages;

/// <summary>A rule on the wire, or a change of one: request and reply of RULES, and WHY.</summary>
public readonly ref struct RuleEntry
{
    public const int BytesMin = 40;

    /// <summary>Of the audit; in a request 0.</summary>
    public ulong Sequence { get; init; }

    public long TimeMs { get; init; }

    public byte What { get; init; }

    public byte Action { get; init; }

    public byte Subject { get; init; }

    public uint Number { get; init; }

    public float Amount { get; init; }

    public long UntilMs { get; init; }

    public ReadOnlySpan<byte> Value { get; init; }

    public ReadOnlySpan<byte> Segment { get; init; }

    public ReadOnlySpan<byte> Author { get; init; }

    public ReadOnlySpan<byte> Reason { get; init; }

    public static RuleEntry Read(scoped ref WireReader reader)
    {
        ulong sequence = reader.ReadUInt64();
        long timeMs = reader.ReadInt64();
        byte what = reader.ReadByte();
        byte action = reader.ReadByte();
        byte subject = reader.ReadByte();
        byte valueBytes = reader.ReadByte();
        uint number = reader.ReadUInt32();
        float amount = reader.ReadSingle();
        long untilMs = reader.ReadInt64();
        byte segmentBytes = reader.ReadByte();
        byte authorBytes = reader.ReadByte();
        byte reasonBytes = reader.ReadByte();
        reader.ReadByte();
        return new RuleEntry
        {
            Sequence = sequence,
            TimeMs = timeMs,
            What = what,
            Action = action,
            Subject = subject,
            Number = number,
            Amount = amount,
            UntilMs = untilMs,
            Value = reader.ReadBytes(valueBytes),
            Segment = reader.ReadBytes(segmentBytes),
            Author = reader.ReadBytes(authorBytes),
            Reason = reader.ReadBytes(reasonBytes),
        };
    }

    public void Write(FrameBuffer body)
    {
        body.WriteUInt64(Sequence);
        body.WriteInt64(TimeMs);
        body.WriteByte(What);
        body.WriteByte(Action);
        body.WriteByte(Subject);
        body.WriteByte((byte)Value.Length);
        body.WriteUInt32(Number);
        body.WriteSingle(Amount);
        body.WriteInt64(UntilMs);
        body.WriteByte((byte)Segment.Length);
        body.WriteByte((byte)Author.Length);
        body.WriteByte((byte)Reason.Length);
        body.WriteByte(0);
        body.WriteBytes(Value);
        body.WriteBytes(Segment);
        body.WriteBytes(Author);
        body.WriteBytes(Reason);
    }
}
