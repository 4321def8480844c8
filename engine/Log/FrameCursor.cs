using System.Buffers;
using System.Buffers.Binary;

namespace Ebb.Engine.Log;

/// <summary>
/// Walks the entries in a partition's files, checking every byte that it trusts: the log library's entry header, our
/// frame and its CRC. It reads the files itself, not through the library, whose scan trusts what it reads (a flipped
/// length can make it wait for ever or skip a page). Owns one pooled page. One thread.
/// </summary>
internal sealed class FrameCursor(string folder, ushort partition) : IDisposable
{
    private readonly SegmentReader _files = new(folder);
    private readonly byte[] _page = ArrayPool<byte>.Shared.Rent(SegmentLayout.PageBytes);
    private long _loadedFrom;
    private long _loadedUntil;
    private long _requestedUntil;
    private string? _readFault;
    private int _payloadOffset;
    private int _payloadBytes;

    /// <summary>Address of the entry that the next move looks at.</summary>
    public long NextAddress { get; private set; } = SegmentLayout.FirstAddress;

    /// <summary>Address of the current entry.</summary>
    public long Address { get; private set; }

    public LogPosition Position { get; private set; }

    /// <summary>Why the last move answered <see cref="CursorStep.Damaged"/>.</summary>
    public string Fault { get; private set; } = "";

    /// <summary>
    /// The last move met something that is no end of a log that a crash can leave: bytes that could not be read now, or
    /// an entry of a newer program or another partition.
    /// </summary>
    public bool IsNoEnd { get; private set; }

    public ReadOnlySpan<byte> Payload => _page.AsSpan(_payloadOffset, _payloadBytes);

    public void Seek(long address) => NextAddress = address;

    /// <summary>
    /// Steps over one entry. <paramref name="untilAddress"/> is where the synced log ends: only there is an end an
    /// end, anywhere else it is damage.
    /// </summary>
    public CursorStep MoveNext(long untilAddress)
    {
        while (NextAddress < untilAddress)
        {
            long pageEnd = SegmentLayout.PageStart(NextAddress) + SegmentLayout.PageBytes;
            long limit = Math.Min(pageEnd, untilAddress);
            Load(limit);
            if (NextAddress + SegmentLayout.EntryHeaderBytes > _loadedUntil)
            {
                return Damaged(_readFault ?? "the file ends here");
            }

            int offset = (int)(NextAddress - _loadedFrom);
            int frameBytes = BinaryPrimitives.ReadInt32LittleEndian(_page.AsSpan(offset));
            if (frameBytes == 0)
            {
                // The rest of a page is left empty where the next entry did not fit.
                NextAddress = pageEnd;
                continue;
            }

            if (frameBytes is < LogFrame.HeaderBytes or > LogFrame.HeaderBytes + LogFrame.PayloadBytesMax
                || NextAddress + SegmentLayout.EntryBytes(frameBytes) > _loadedUntil)
            {
                return Damaged($"an entry of {frameBytes} bytes cannot be");
            }

            return Accept(offset + SegmentLayout.EntryHeaderBytes, frameBytes);
        }

        return NextAddress == untilAddress ? CursorStep.End : Damaged("the page ends early");
    }

    public void Dispose()
    {
        _files.Dispose();
        ArrayPool<byte>.Shared.Return(_page);
    }

    private CursorStep Accept(int offset, int frameBytes)
    {
        LogFrameStatus status = LogFrame.TryRead(_page.AsSpan(offset, frameBytes), partition, out LogPosition position);
        if (status != LogFrameStatus.Good)
        {
            IsNoEnd = status is LogFrameStatus.NewerFormat or LogFrameStatus.WrongPartition;
            return Damaged(Describe(status));
        }

        Position = position;
        Address = NextAddress;
        NextAddress += SegmentLayout.EntryBytes(frameBytes);
        _payloadOffset = offset + LogFrame.HeaderBytes;
        _payloadBytes = frameBytes - LogFrame.HeaderBytes;
        return CursorStep.Entry;
    }

    private void Load(long limit)
    {
        long start = SegmentLayout.PageStart(NextAddress);
        if (start == _loadedFrom && limit <= _requestedUntil)
        {
            return;
        }

        int wanted = (int)(limit - start);
        _loadedFrom = _loadedUntil = start;
        _requestedUntil = limit;
        try
        {
            _loadedUntil += _files.Read(start, _page.AsSpan(0, wanted));
            _readFault = null;
        }
        catch (IOException fault)
        {
            IsNoEnd = fault is not (FileNotFoundException or DirectoryNotFoundException);
            _readFault = $"reading failed ({fault.Message})";
        }
    }

    private CursorStep Damaged(string fault)
    {
        Fault = fault;
        return CursorStep.Damaged;
    }

    private static string Describe(LogFrameStatus status) => status switch
    {
        LogFrameStatus.NewerFormat => "the entry was written by a newer version of this program",
        LogFrameStatus.BadChecksum => "the entry's checksum is wrong",
        LogFrameStatus.WrongPartition => "the entry belongs to another partition",
        _ => "there is no entry here",
    };
}
