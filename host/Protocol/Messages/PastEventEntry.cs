using System.Buffers.Binary;

namespace Ebb.Protocol.Messages;

/// <summary>A past event with a number to it: a term of a score, or a remembered event and its weight.</summary>
public readonly ref struct PastEventEntry
{
    public const int BytesMin = 14;

    public ReadOnlySpan<byte> Item { get; private init; }

    public byte EventType { get; private init; }

    public long TimeMs { get; private init; }

    public float Amount { get; private init; }

    public static PastEventEntry Read(scoped ref WireReader reader)
    {
        byte itemBytes = reader.ReadByte();
        byte eventType = reader.ReadByte();
        long timeMs = reader.ReadInt64();
        float amount = reader.ReadSingle();
        return new PastEventEntry
        {
            EventType = eventType,
            TimeMs = timeMs,
            Amount = amount,
            Item = reader.ReadBytes(itemBytes),
        };
    }

    public static void Write(FrameBuffer body, ReadOnlySpan<byte> item, byte eventType, long timeMs, float amount)
    {
        var start = body.Append(BytesMin + item.Length);
        start[0] = (byte)item.Length;
        start[1] = eventType;
        BinaryPrimitives.WriteInt64LittleEndian(start[2..], timeMs);
        BinaryPrimitives.WriteSingleLittleEndian(start[10..], amount);
        item.CopyTo(start[BytesMin..]);
    }
}
