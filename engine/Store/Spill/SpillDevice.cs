using System.Collections.Concurrent;
using FASTER.core;

namespace Ebb.Engine.Store.Spill;

/// <summary>
/// FASTER's disk for one partition: scratch files that live as long as the store. Any thread. In place of FASTER's own
/// device because that one syncs every page, reads garbage as data after an error, and waits for ever when a write
/// fails. Here nothing is synced, every block read back is checked against the checksum taken when it was written,
/// and a page that could not be written stays in memory, readable, while <see cref="WriteFault"/> stops the store.
/// </summary>
internal sealed unsafe class SpillDevice : StorageDeviceBase
{
    /// <summary>Granularity of reads, writes and checksums.</summary>
    internal const int BlockBytes = 4096;

    // A short read that needs no disk is made where it is asked for: handing it over and back takes ten times as long.
    // Its callback may ask for the next record of a chain, so only to a depth that any stack bears.
    private const int DepthMax = 16;
    private const int CachedBytesMax = 4 * BlockBytes;

    [ThreadStatic]
    private static int _depth;

    private readonly string _folder;
    private readonly ConcurrentDictionary<int, SpillSegment> _segments = new();
    private readonly ConcurrentQueue<UnwrittenPage> _unwritten = new();
    private readonly Lock _opening = new();
    private readonly SpillCipher _cipher = new();
    private int _readFaultCount;
    private int _inFlightCount;
    private bool _isClosed;

    internal SpillDevice(string folder)
        : base(folder, BlockBytes, Devices.CAPACITY_UNSPECIFIED)
    {
        _folder = folder;
    }

    /// <summary>Grows by one with every read that failed or came back changed.</summary>
    internal int ReadFaultCount => Volatile.Read(ref _readFaultCount);

    /// <summary>What the last faulty read met, in one line.</summary>
    internal string? ReadFault { get; private set; }

    /// <summary>The first failed write, in one line; the store takes no more writes after it.</summary>
    internal string? WriteFault { get; private set; }

    /// <summary>Bytes of scratch files now, rounded up to segments.</summary>
    internal long FileBytes => _segments.Count * SegmentSize;

    public override void WriteAsync(
        nint sourceAddress,
        int segmentId,
        ulong destinationAddress,
        uint numBytesToWrite,
        DeviceIOCompletionCallback callback,
        object context)
    {
        Interlocked.Increment(ref _inFlightCount);
        SpillQueue.Add(new SpillRequest(
            this, true, segmentId, (long)destinationAddress, sourceAddress, (int)numBytesToWrite,
            new SpillCompletion(callback, context)));
    }

    public override void ReadAsync(
        int segmentId,
        ulong sourceAddress,
        nint destinationAddress,
        uint readLength,
        DeviceIOCompletionCallback callback,
        object context)
    {
        var request = new SpillRequest(
            this, false, segmentId, (long)sourceAddress, destinationAddress, (int)readLength,
            new SpillCompletion(callback, context));
        Interlocked.Increment(ref _inFlightCount);
        if (_depth < DepthMax && TryReadCached(request))
        {
            _depth++;
            try
            {
                Complete(request);
            }
            finally
            {
                _depth--;
            }
        }
        else
        {
            SpillQueue.Add(request);
        }
    }

    public override void RemoveSegmentAsync(int segment, AsyncCallback callback, IAsyncResult result)
    {
        if (_segments.TryRemove(segment, out SpillSegment? removed))
        {
            removed.Dispose();
        }

        callback(result);
    }

    /// <summary>
    /// Waits for what is under way. Call before FASTER is disposed: it neither waits for its pages nor keeps their
    /// memory.
    /// </summary>
    internal void Drain() => SpinWait.SpinUntil(() => Volatile.Read(ref _inFlightCount) == 0);

    /// <summary>Removes the scratch files; no request may be under way, and none makes a file again.</summary>
    public override void Dispose()
    {
        lock (_opening)
        {
            _isClosed = true;
        }

        foreach (SpillSegment segment in _segments.Values)
        {
            segment.Dispose();
        }

        _segments.Clear();
        _cipher.Dispose();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>Runs a request on a disk thread and always calls back, or the store would wait for ever.</summary>
    internal void Execute(in SpillRequest request)
    {
        // SAFETY: FASTER keeps the page or read buffer pinned and alone until the callback.
        var memory = new Span<byte>((void*)request.Memory, request.Bytes);
        if (request.IsWrite)
        {
            Write(request, memory);
        }
        else
        {
            Read(request, memory);
        }

        Complete(request);
    }

    private void Complete(in SpillRequest request)
    {
        try
        {
            // Never an error code: after one FASTER's page scan waits for ever. Who reads compares the fault count.
            request.Completion.Invoke(0, request.Bytes);
        }
        finally
        {
            // After the callback, which may send the next page: a drain that saw zero in between would end too early.
            Interlocked.Decrement(ref _inFlightCount);
        }
    }

    // False also for whatever is wrong: the disk thread finds it again and says so.
    private bool TryReadCached(in SpillRequest request)
    {
        // SAFETY: as in Execute.
        var memory = new Span<byte>((void*)request.Memory, request.Bytes);
        try
        {
            return request.Bytes <= CachedBytesMax
                && _unwritten.IsEmpty
                && _segments.TryGetValue(request.Segment, out SpillSegment? segment)
                && segment.TryReadCached(memory, request.Offset);
        }
        catch (Exception error) when (IsDiskError(error))
        {
            return false;
        }
    }

    private void Write(in SpillRequest request, ReadOnlySpan<byte> memory)
    {
        try
        {
            SegmentFor(request.Segment).Write(memory, request.Offset);
        }
        catch (Exception error) when (IsDiskError(error))
        {
            _unwritten.Enqueue(new UnwrittenPage(request.Segment, request.Offset, memory.ToArray()));
            WriteFault ??= $"the store cannot spill to {_folder}: {OneLine(error)}; free space there and restart";
        }
    }

    private void Read(in SpillRequest request, Span<byte> memory)
    {
        try
        {
            if (!_unwritten.IsEmpty && TryReadUnwritten(request, memory))
            {
                return;
            }

            if (_segments.TryGetValue(request.Segment, out SpillSegment? segment)
                && segment.TryRead(memory, request.Offset))
            {
                return;
            }

            ReadFault = $"{PathOf(request.Segment)} came back other than it was written, at byte {request.Offset}";
        }
        catch (Exception error) when (IsDiskError(error))
        {
            ReadFault = $"{_folder} cannot be read: {OneLine(error)}";
        }

        // Zeros end FASTER's walk along a chain of records, and a scan steps over them: both find nothing.
        memory.Clear();
        Interlocked.Increment(ref _readFaultCount);
    }

    private bool TryReadUnwritten(in SpillRequest request, Span<byte> memory)
    {
        foreach (UnwrittenPage page in _unwritten)
        {
            long start = request.Offset - page.Offset;
            if (page.Segment == request.Segment && start >= 0 && start < page.Bytes.Length)
            {
                int available = (int)Math.Min(memory.Length, page.Bytes.Length - start);
                page.Bytes.AsSpan((int)start, available).CopyTo(memory);
                memory[available..].Clear();
                return true;
            }
        }

        return false;
    }

    private SpillSegment SegmentFor(int segment)
    {
        if (_segments.TryGetValue(segment, out SpillSegment? open))
        {
            return open;
        }

        lock (_opening)
        {
            if (!_segments.TryGetValue(segment, out open))
            {
                ObjectDisposedException.ThrowIf(_isClosed, this);
                Directory.CreateDirectory(_folder);
                open = new SpillSegment(PathOf(segment), SegmentSize, segment * SegmentSize, _cipher);
                _segments[segment] = open;
            }

            return open;
        }
    }

    private string PathOf(int segment) => Path.Combine(_folder, $"{segment:D8}.spill");

    private static bool IsDiskError(Exception error) =>
        error is IOException or UnauthorizedAccessException or ObjectDisposedException;

    private static string OneLine(Exception error) => error.Message.ReplaceLineEndings(" ");

    private sealed record UnwrittenPage(int Segment, long Offset, byte[] Bytes);
}
