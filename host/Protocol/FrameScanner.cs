using System.Buffers;

namespace Ebb.Protocol;

/// <summary>What the start of a receive buffer is.</summary>
public enum ScanResult
{
    /// <summary>A whole frame within the limits.</summary>
    Frame,

    /// <summary>A frame may be on its way; nothing is wrong so far.</summary>
    NeedMore,

    /// <summary>Not this protocol, or out of step: nothing after it can be trusted.</summary>
    BadMagic,

    /// <summary>The header announces more bytes than the limits allow.</summary>
    TooLong,
}

/// <summary>
/// Finds frame ends. Looks at the header alone and reserves nothing, so a lying length costs nothing.
/// </summary>
public static class FrameScanner
{
    /// <param name="buffer">Unread bytes, from a frame's first byte on.</param>
    /// <param name="limits">The reader's own.</param>
    /// <param name="header">Valid for Frame and TooLong, and for NeedMore once 32 bytes are there.</param>
    public static ScanResult Scan(in ReadOnlySequence<byte> buffer, ProtocolLimits limits, out FrameHeader header)
    {
        var first = buffer.FirstSpan;
        if (first.Length < FrameHeader.Bytes)
        {
            return ScanStart(buffer, limits, out header);
        }

        return Judge(first, buffer.Length, limits, out header);
    }

    /// <summary>The same over one span.</summary>
    public static ScanResult Scan(ReadOnlySpan<byte> buffer, ProtocolLimits limits, out FrameHeader header)
    {
        if (buffer.Length >= FrameHeader.Bytes)
        {
            return Judge(buffer, buffer.Length, limits, out header);
        }

        header = default;
        return MagicMayFollow(buffer) ? ScanResult.NeedMore : ScanResult.BadMagic;
    }

    private static ScanResult ScanStart(
        in ReadOnlySequence<byte> buffer, ProtocolLimits limits, out FrameHeader header)
    {
        Span<byte> start = stackalloc byte[FrameHeader.Bytes];
        int startBytes = (int)Math.Min(buffer.Length, FrameHeader.Bytes);
        buffer.Slice(0, startBytes).CopyTo(start);
        if (startBytes == FrameHeader.Bytes)
        {
            return Judge(start, buffer.Length, limits, out header);
        }

        header = default;
        return MagicMayFollow(start[..startBytes]) ? ScanResult.NeedMore : ScanResult.BadMagic;
    }

    private static ScanResult Judge(
        ReadOnlySpan<byte> start, long bufferBytes, ProtocolLimits limits, out FrameHeader header)
    {
        if (!FrameHeader.TryRead(start, out header))
        {
            return ScanResult.BadMagic;
        }

        if (header.FrameBytes > limits.FrameBytesMax || header.TaggedBytes > limits.TaggedBytesMax)
        {
            return ScanResult.TooLong;
        }

        return bufferBytes >= header.FrameBytes ? ScanResult.Frame : ScanResult.NeedMore;
    }

    // A peer that speaks another protocol may send less than a header and wait: its first bytes give it away.
    private static bool MagicMayFollow(ReadOnlySpan<byte> start)
    {
        ReadOnlySpan<byte> magic = [0x45, 0x42, 0x42, 0xEB];
        int checkedBytes = Math.Min(start.Length, magic.Length);
        return start[..checkedBytes].SequenceEqual(magic[..checkedBytes]);
    }
}
