using System.Buffers.Binary;

namespace Ebb.Engine.Log;

/// <summary>
/// Our own frame around each payload, little-endian. A pure codec: any thread, no state. A frame that reads as
/// <see cref="LogFrameStatus.Good"/> carries exactly the bytes that were written for that partition and position.
/// <code>
/// offset size field
///      0    2 magic 0xEB10
///      2    1 format version (1)
///      3    1 zero
///      4    4 payload bytes
///      8    2 partition
///     10    2 zero
///     12    4 epoch
///     16    8 sequence
///     24    4 CRC-32C over bytes 0..23 and the payload
///     28    n payload
/// </code>
/// </summary>
internal static class LogFrame
{
    public const int HeaderBytes = 28;

    /// <summary>Bound of one payload. A frame must fit a page of the log with room to spare.</summary>
    public const int PayloadBytesMax = 64 * 1024;

    public const byte FormatVersion = 1;

    private const ushort Magic = 0xEB10;
    private const int ChecksumOffset = 24;

    /// <summary>Writes one frame; returns its bytes. The destination has room for header and payload.</summary>
    public static int Write(
        Span<byte> destination, ushort partition, LogPosition position, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(destination, Magic);
        destination[2] = FormatVersion;
        destination[3] = 0;
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], payload.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[8..], partition);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[10..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], position.Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], position.Sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(
            destination[ChecksumOffset..], Checksum(destination[..ChecksumOffset], payload));
        payload.CopyTo(destination[HeaderBytes..]);
        return HeaderBytes + payload.Length;
    }

    /// <summary>Reads a span that must hold one frame and nothing else; the payload is the rest of it.</summary>
    public static LogFrameStatus TryRead(ReadOnlySpan<byte> frame, ushort partition, out LogPosition position)
    {
        position = default;
        if (frame.Length < HeaderBytes || BinaryPrimitives.ReadUInt16LittleEndian(frame) != Magic)
        {
            return LogFrameStatus.NoFrame;
        }

        // Before the checksum, for a newer format may compute it otherwise. A flipped version bit reads as newer
        // too; either way the start is refused.
        if (frame[2] > FormatVersion)
        {
            return LogFrameStatus.NewerFormat;
        }

        ReadOnlySpan<byte> payload = frame[HeaderBytes..];
        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(frame[ChecksumOffset..]);
        if (BinaryPrimitives.ReadInt32LittleEndian(frame[4..]) != payload.Length
            || checksum != Checksum(frame[..ChecksumOffset], payload))
        {
            return LogFrameStatus.BadChecksum;
        }

        position = new LogPosition(
            BinaryPrimitives.ReadUInt32LittleEndian(frame[12..]), BinaryPrimitives.ReadUInt64LittleEndian(frame[16..]));
        return BinaryPrimitives.ReadUInt16LittleEndian(frame[8..]) == partition
            ? LogFrameStatus.Good
            : LogFrameStatus.WrongPartition;
    }

    private static uint Checksum(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload) =>
        Crc32C.Finish(Crc32C.Update(Crc32C.Update(Crc32C.Start, header), payload));
}
