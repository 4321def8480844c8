using System.Runtime.InteropServices;
using Ebb.Engine.Encryption;
using FASTER.core;
using Microsoft.Win32.SafeHandles;

namespace Ebb.Engine.Log;

/// <summary>
/// The medium under one partition's log library. Pages are written by <see cref="PageWriter"/>, past the system's cache
/// where it can be (<see cref="DirectFile"/>); <see cref="Sync"/> makes all that was written durable. A failed write is
/// kept and not told to the library, whose own error path can leave waiters hanging: the next Sync throws it, no commit
/// is recorded after it, and nothing is retried. Any thread.
/// </summary>
internal sealed unsafe class SegmentDevice : StorageDeviceBase
{
    // What some fresh pages of the cache cost is what a disk's answer costs: 150 us, measured.
    private const int DirectBytesMin = 32 * 1024;

    // A multiple of the page.
    private const int PreparedBytes = 1 << 20;

    private readonly Lock _sync = new();
    private readonly Dictionary<int, SegmentWriter> _writers = [];
    private readonly string _folder;
    private readonly int _firstSegment;
    private readonly FileMedium _medium;
    private readonly FolderCipher? _keys;
    private readonly PageWriter _pages;
    private byte* _page;
    private bool _isDirectoryDirty;
    private bool _isDisposed;
    private volatile Exception? _failure;

    public SegmentDevice(string folder, int firstSegment)
        : base(Path.Combine(folder, "entries"), SegmentLayout.SectorBytes, Devices.CAPACITY_UNSPECIFIED)
    {
        _folder = folder;
        _firstSegment = firstSegment;
        _medium = FileMedium.Of(folder);
        _keys = FolderCipher.Of(folder);
        _pages = new PageWriter("ebb-log-" + Path.GetFileName(folder), Write);
    }

    public Exception? Failure => _failure;

    /// <summary>Who waits for pages helps to write them; and who writes to the files otherwise stops it
    /// meanwhile.</summary>
    public PageWriter Pages => _pages;

    /// <summary>Where tests make a sync fail.</summary>
    public Action? BeforeSync { get; set; }

    public override void Initialize(long segmentSize, LightEpoch epoch = null!, bool omitSegmentIdFromFilename = false)
    {
        base.Initialize(segmentSize, epoch, omitSegmentIdFromFilename);
        startSegment = _firstSegment;
    }

    /// <summary>Everything written before the call is on the medium when it returns.</summary>
    public void Sync()
    {
        lock (_sync)
        {
            ThrowIfFailed();
            try
            {
                BeforeSync?.Invoke();
                foreach ((int segment, SegmentWriter writer) in _writers)
                {
                    _medium.Sync(SegmentLayout.SegmentPath(_folder, segment), writer.File);
                }

                if (_isDirectoryDirty)
                {
                    _medium.SyncDirectory(_folder);
                    _isDirectoryDirty = false;
                }
            }
            catch (Exception failure)
            {
                // After a failed sync the system may have dropped the dirty pages: a second one proves nothing.
                _failure = failure;
                throw;
            }

            CloseAllButNewest();
        }
    }

    public override void WriteAsync(
        IntPtr sourceAddress,
        int segmentId,
        ulong destinationAddress,
        uint numBytesToWrite,
        DeviceIOCompletionCallback callback,
        object context) =>
        _pages.Add(new PageWrite(
            sourceAddress, (int)numBytesToWrite, segmentId, (long)destinationAddress, callback, context));

    /// <summary>Only at open: the library loads its partly filled last page.</summary>
    public override void ReadAsync(
        int segmentId,
        ulong sourceAddress,
        IntPtr destinationAddress,
        uint readLength,
        DeviceIOCompletionCallback callback,
        object context)
    {
        uint error = 0;
        try
        {
            // SAFETY: the library owns the buffer and keeps it in place until the callback has run.
            Span<byte> bytes = new((void*)destinationAddress, (int)readLength);
            using SegmentReader reader = new(_folder);
            long address = ((long)segmentId * SegmentLayout.SegmentBytes) + (long)sourceAddress;
            bytes[reader.Read(address, bytes)..].Clear();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _failure = failure;
            error = uint.MaxValue;
        }

        callback(error, readLength, context);
    }

    public override void RemoveSegmentAsync(int segment, AsyncCallback callback, IAsyncResult result)
    {
        lock (_sync)
        {
            if (_writers.Remove(segment, out SegmentWriter? writer))
            {
                writer.Dispose();
            }
        }

        _medium.Delete(SegmentLayout.SegmentPath(_folder, segment));
        callback(result);
    }

    /// <summary>
    /// Call <see cref="Pages"/>'s before the library frees its memory. What it still writes afterwards is answered and
    /// not written: nobody was told that it is durable.
    /// </summary>
    public override void Dispose()
    {
        _pages.Dispose();
        _pages.WhileStill(() =>
        {
            _isDisposed = true;
            NativeMemory.AlignedFree(_page);
            _page = null;
        });
        lock (_sync)
        {
            foreach (SegmentWriter writer in _writers.Values)
            {
                writer.Dispose();
            }

            _writers.Clear();
        }
    }

    // One at a time, by the page writer. Always calls back.
    private void Write(PageWrite page)
    {
        try
        {
            if (_failure is null && !_isDisposed)
            {
                // Copied: appends go on in the last sector, and a disk may want its bytes to hold still; aligned.
                _page = _page is null
                    ? (byte*)NativeMemory.AlignedAlloc(SegmentLayout.PageBytes, DirectFile.AlignmentBytes)
                    : _page;

                // SAFETY: the library keeps its page in place until the callback has run; ours holds a whole page.
                Span<byte> bytes = new(_page, page.Bytes);
                SegmentWriter writer = Writer(page.Segment);
                bool isLarge = page.Bytes >= DirectBytesMin;
                if (!isLarge)
                {
                    Prepare(writer, page.Segment, page.Offset + page.Bytes);
                }

                writer.Copy(new ReadOnlySpan<byte>((void*)page.Source, page.Bytes), bytes, page.Offset);
                DirectFile.Use(writer.File, isLarge);
                _medium.Write(SegmentLayout.SegmentPath(_folder, page.Segment), writer.File, bytes, page.Offset);
            }
        }
        catch (Exception failure)
        {
            _failure = failure;
        }

        page.Callback(0, (uint)page.Bytes, page.Context);
    }

    /// <summary>
    /// Zeros ahead of small writes: a sync of bytes that replace others writes those bytes, one that makes the file
    /// longer its inode as well (two logs side by side on ext4: 0.4 ms against 1.0, and half the processor time,
    /// measured; PostgreSQL's wal_init_zero). To whoever reads the log a zero is no entry. Large writes need none: they
    /// are few.
    /// </summary>
    private void Prepare(SegmentWriter writer, int segment, long end)
    {
        if (end <= writer.PreparedUntil)
        {
            return;
        }

        // Through the cache, where the small writes will find them: part of a page that is not there is read first.
        DirectFile.Use(writer.File, isDirect: false);
        long until = Math.Min(end + PreparedBytes, SegmentLayout.SegmentBytes);
        for (long at = RandomAccess.GetLength(writer.File); at < until; at += SegmentLayout.PageBytes)
        {
            Span<byte> zeros = new(_page, (int)Math.Min(SegmentLayout.PageBytes, until - at));
            zeros.Clear();
            _medium.Write(SegmentLayout.SegmentPath(_folder, segment), writer.File, zeros, at);
        }

        writer.PreparedUntil = until;
    }

    private SegmentWriter Writer(int segment)
    {
        lock (_sync)
        {
            if (_writers.TryGetValue(segment, out SegmentWriter? writer))
            {
                return writer;
            }

            string path = SegmentLayout.SegmentPath(_folder, segment);
            _isDirectoryDirty |= !File.Exists(path);
            SafeFileHandle file = _medium.Open(path, FileMode.OpenOrCreate, FileAccess.Write);
            writer = new SegmentWriter(file, _keys?.ForSegment(path));
            _writers.Add(segment, writer);
            return writer;
        }
    }

    // Segments fill in order: once synced, only the newest is written again.
    private void CloseAllButNewest()
    {
        if (_writers.Count <= 1)
        {
            return;
        }

        int newest = _writers.Keys.Max();
        foreach (int segment in _writers.Keys.Where(number => number != newest).ToArray())
        {
            _writers.Remove(segment, out SegmentWriter? writer);
            writer?.Dispose();
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            throw new IOException(failure.Message, failure);
        }
    }

    // A segment open for writing, and what hides its sectors where the folder is encrypted.
    private sealed record SegmentWriter(SafeFileHandle File, SectorCipher? Cipher) : IDisposable
    {
        /// <summary>The file is known to be as long.</summary>
        public long PreparedUntil { get; set; }

        public void Copy(ReadOnlySpan<byte> page, Span<byte> bytes, long offset)
        {
            if (Cipher is null)
            {
                page.CopyTo(bytes);
            }
            else
            {
                Cipher.Hide(page, bytes, offset);
            }
        }

        public void Dispose()
        {
            File.Dispose();
            Cipher?.Dispose();
        }
    }
}
