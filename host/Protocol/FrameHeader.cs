using System.Buffers.Binary;

namespace Ebb.Protocol;

/// <summary>
/// The fixed start of every frame, little-endian; tagged fields follow, then the body.
/// <code>
/// offset bytes field
///      0     4 magic           45 42 42 EB
///      4     1 version         1
///      5     1 opcode
///      6     2 flags
///      8     8 correlation id  chosen by the client, echoed; 0 in NOTICE
///     16     4 body bytes
///     20     4 time, µs        request: deadline from arrival, 0 none; reply: how long the server held it
///     24     2 tagged bytes
///     26     2 status          reply: of the whole frame; request: 0
///     28     4 reserved        0; ignored by the receiver
/// </code>
/// </summary>
public readonly record struct FrameHeader
{
    public const int Bytes = 32;

    public const uint Magic = 0xEB424245;

    /// <summary>The one version there is. HELLO always travels in it.</summary>
    public const byte Version1 = 1;

    public byte Version { get; init; }

    public Opcode Opcode { get; init; }

    public FrameFlags Flags { get; init; }

    public ulong CorrelationId { get; init; }

    public uint BodyBytes { get; init; }

    public uint TimeMicroseconds { get; init; }

    public ushort TaggedBytes { get; init; }

    public StatusCode Status { get; init; }

    /// <summary>Header, tagged fields and body together.</summary>
    public long FrameBytes => Bytes + (long)TaggedBytes + BodyBytes;

    /// <summary>False when fewer than 32 bytes are given or the magic is wrong. Checks nothing else.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out FrameHeader header)
    {
        if (source.Length < Bytes || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic)
        {
            header = default;
            return false;
        }

        header = new FrameHeader
        {
            Version = source[4],
            Opcode = (Opcode)source[5],
            Flags = (FrameFlags)BinaryPrimitives.ReadUInt16LittleEndian(source[6..]),
            CorrelationId = BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
            BodyBytes = BinaryPrimitives.ReadUInt32LittleEndian(source[16..]),
            TimeMicroseconds = BinaryPrimitives.ReadUInt32LittleEndian(source[20..]),
            TaggedBytes = BinaryPrimitives.ReadUInt16LittleEndian(source[24..]),
            Status = (StatusCode)BinaryPrimitives.ReadUInt16LittleEndian(source[26..]),
        };
        return true;
    }

    /// <param name="destination">At least 32 bytes.</param>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Magic);
        destination[4] = Version;
        destination[5] = (byte)Opcode;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[6..], (ushort)Flags);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], CorrelationId);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[16..], BodyBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[20..], TimeMicroseconds);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[24..], TaggedBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[26..], (ushort)Status);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[28..], 0);
    }
}
