using Ebb.Engine.Encryption;
using FASTER.core;
using Microsoft.Win32.SafeHandles;

namespace Ebb.Engine.Log;

/// <summary>
/// The medium under one partition's log library. Page writes go to the system's cache at once, on the thread that
/// causes them (so a full buffer never waits for the thread pool); <see cref="Sync"/> makes all of them durable.
/// A failed write is kept and not told to the library, whose own error path can leave waiters hanging: the next Sync
/// throws it, no commit is recorded after it, and nothing is retried. Any thread.
/// </summary>
internal sealed class SegmentDevice(string folder, int firstSegment)
    : StorageDeviceBase(Path.Combine(folder, "entries"), SegmentLayout.SectorBytes, Devices.CAPACITY_UNSPECIFIED)
{
    private readonly Lock _sync = new();
    private readonly Dictionary<int, SegmentWriter> _writers = [];
    private readonly string _folder = folder;
    private readonly FileMedium _medium = FileMedium.Of(folder);
    private readonly FolderCipher? _keys = FolderCipher.Of(folder);
    private bool _isDirectoryDirty;
    private volatile Exception? _failure;

    public Exception? Failure => _failure;

    /// <summary>Where tests make a sync fail.</summary>
    public Action? BeforeSync { get; set; }

    public override void Initialize(long segmentSize, LightEpoch epoch = null!, bool omitSegmentIdFromFilename = false)
    {
        base.Initialize(segmentSize, epoch, omitSegmentIdFromFilename);
        startSegment = firstSegment;
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

    public override unsafe void WriteAsync(
        IntPtr sourceAddress,
        int segmentId,
        ulong destinationAddress,
        uint numBytesToWrite,
        DeviceIOCompletionCallback callback,
        object context)
    {
        try
        {
            if (_failure is null)
            {
                // SAFETY: the library keeps the page in place until the callback has run.
                ReadOnlySpan<byte> bytes = new((void*)sourceAddress, (int)numBytesToWrite);
                string path = SegmentLayout.SegmentPath(_folder, segmentId);
                Writer(segmentId).Write(_medium, path, bytes, (long)destinationAddress);
            }
        }
        catch (Exception failure)
        {
            _failure = failure;
        }

        callback(0, numBytesToWrite, context);
    }

    /// <summary>Only at open: the library loads its partly filled last page.</summary>
    public override unsafe void ReadAsync(
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

    public override void Dispose()
    {
        lock (_sync)
        {
            foreach (SegmentWriter writer in _writers.Values)
            {
                writer.Dispose();
            }

            _writers.Clear();
        }
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
        public void Write(FileMedium medium, string path, ReadOnlySpan<byte> bytes, long offset)
        {
            if (Cipher is null)
            {
                medium.Write(path, File, bytes, offset);
            }
            else
            {
                SectorFile.Write((path, File), Cipher, bytes, offset);
            }
        }

        public void Dispose()
        {
            File.Dispose();
            Cipher?.Dispose();
        }
    }
}
