using System.Runtime.CompilerServices;
using FASTER.core;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Store.Spill;

/// <summary>
/// FASTER's hybrid log as the store uses it: newest value by key, whole values only, memory first and scratch files
/// after. One thread at a time. Invariant: nothing here decides what a value means, except that a deletion is one.
/// </summary>
internal sealed unsafe class SpillLog : IDisposable
{
    private readonly FasterKV<SpanByte, SpanByte> _faster;
    private readonly ClientSession<SpanByte, SpanByte, int, long, Empty, SpillFunctions> _session;
    private readonly SpillFunctions _functions;
    private bool[] _wasPending = [];
    private int _pendingCount;
    private long _growIndexAt;

    internal SpillLog(string folder, LogSizes sizes, int keyBytesTypical, RecordShape shape, ILogger? logger)
    {
        Device = new SpillDevice(folder);
        Hot = new HotRecords(sizes, shape, sizes.CircleBytes / shape.RecordBytes);
        var settings = new FasterKVSettings<SpanByte, SpanByte>(baseDir: null, deleteDirOnDispose: false, logger)
        {
            LogDevice = Device,
            IndexSize = sizes.IndexBytes,
            PageSize = sizes.PageBytes,
            MemorySize = sizes.CircleBytes,
            SegmentSize = sizes.SegmentBytes,
            MutableFraction = 0.9,
            PreallocateLog = false,
            // One thread at a time: FASTER has nothing to lock, and a read never copies (only the owner writes).
            ConcurrencyControlMode = ConcurrencyControlMode.None,
            ReadCopyOptions = ReadCopyOptions.None,
            EqualityComparer = new SpillKeyComparer(),
            KeyLength = new SpillLength(keyBytesTypical),
            ValueLength = new SpillLength(shape.RecordBytes),
        };
        _faster = new FasterKV<SpanByte, SpanByte>(settings);
        _faster.Log.EmptyPageCount = sizes.EmptyPageCount;
        _functions = new SpillFunctions(Hot, () => _faster.Log.ReadOnlyAddress);
        _session = _faster.For(_functions).NewSession<SpillFunctions>(
            sessionName: null, sessionVariableLengthStructSettings: null, ReadCopyOptions.None);
        _growIndexAt = 2 * LogSizes.UsersOf(sizes.IndexBytes);
    }

    internal SpillDevice Device { get; }

    /// <summary>Records that may be changed where they stand, from <see cref="ReadOnlyAddress"/> on.</summary>
    internal HotRecords Hot { get; }

    internal long ReadOnlyAddress => _faster.Log.ReadOnlyAddress;

    internal long BeginAddress => _faster.Log.BeginAddress;

    internal long HeadAddress => _faster.Log.HeadAddress;

    internal long SafeReadOnlyAddress => _faster.Log.SafeReadOnlyAddress;

    internal long TailAddress => _faster.Log.TailAddress;

    /// <summary>Bytes of pages held in memory now.</summary>
    internal long MemoryBytes => _faster.Log.MemorySizeBytes;

    /// <summary>Makes room for a batch of reads; slots are 0 to the count, exclusive.</summary>
    internal void BeginReads(int slotCount)
    {
        _functions.Reserve(slotCount);
        _functions.Outcomes.AsSpan(0, slotCount).Clear();
        if (_wasPending.Length < slotCount)
        {
            _wasPending = new bool[_functions.Outcomes.Length];
        }

        _wasPending.AsSpan(0, slotCount).Clear();
        _pendingCount = 0;
    }

    /// <summary>Issues a read; the target is filled now or by <see cref="CompleteReads"/>.</summary>
    internal void Read(ReadOnlySpan<byte> key, int slot, Memory<byte> target)
    {
        _functions.Targets[slot] = target;
        fixed (byte* pointer = key)
        {
            // SAFETY: FASTER copies the key before it returns when it has to go to disk.
            var faster = SpanByte.FromPointer(pointer, key.Length);
            long address = 0;
            Note(slot, _session.Read(ref faster, ref slot, ref address));
        }
    }

    /// <summary>
    /// Reads the newest value of a key unless that is the one at an address, which costs no disk read when it is
    /// not. Answers as <see cref="Read"/> does; the address itself or nothing means that it is the newest.
    /// </summary>
    internal void ReadNewerThan(ReadOnlySpan<byte> key, long address, int slot, Memory<byte> target)
    {
        if (address >= HeadAddress)
        {
            // In memory FASTER must not be given a stop address: it dereferences what lies below it.
            Read(key, slot, target);
            return;
        }

        _functions.Targets[slot] = target;
        fixed (byte* pointer = key)
        {
            // SAFETY: as above.
            var faster = SpanByte.FromPointer(pointer, key.Length);
            var options = default(ReadOptions);
            SetStopAddress(ref options, address + 1);
            long found = 0;
            Note(slot, _session.Read(ref faster, ref slot, ref found, ref options));
        }
    }

    /// <summary>Waits for all reads that went to disk, together.</summary>
    internal void CompleteReads()
    {
        if (_pendingCount != 0)
        {
            _session.CompletePending(wait: true);
            _pendingCount = 0;
        }
    }

    internal ReadOutcome Outcome(int slot) => _functions.Outcomes[slot];

    /// <summary>Where the value stands that was found for a slot.</summary>
    internal long AddressOf(int slot) => _functions.Addresses[slot];

    internal bool WentToDisk(int slot) => _wasPending[slot];

    /// <summary>Replaces a key's value: in place where the page still changes, else at the tail.</summary>
    internal void Upsert(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        fixed (byte* keyPointer = key, valuePointer = value)
        {
            // SAFETY: both are copied before the call returns; an upsert never goes pending.
            var fasterKey = SpanByte.FromPointer(keyPointer, key.Length);
            var fasterValue = SpanByte.FromPointer(valuePointer, value.Length);
            _session.Upsert(ref fasterKey, ref fasterValue);
        }
    }

    internal IFasterScanIterator<SpanByte, SpanByte> Scan(long from, long until) =>
        _faster.Log.Scan(from, until, ScanBufferingMode.SinglePageBuffering);

    /// <summary>Moves a scan to its next record; false at its end.</summary>
    /// <exception cref="StoreException">A page could not be read back.</exception>
    internal bool MoveNext(IFasterScanIterator<SpanByte, SpanByte> scan)
    {
        int faultsBefore = Device.ReadFaultCount;
        bool moved = scan.GetNext(out _);
        ThrowIfFaulted(faultsBefore);
        return moved;
    }

    internal void ThrowIfFaulted(int faultsBefore)
    {
        if (Device.ReadFaultCount != faultsBefore)
        {
            throw new StoreException($"the store's spill is damaged: {Device.ReadFault}; restart to rebuild it");
        }
    }

    /// <summary>Forgets everything below an address that starts a page, files included.</summary>
    internal void TruncateBelow(long address) => _faster.Log.ShiftBeginAddress(address, truncateLog: true);

    /// <summary>Doubles the hash index, in one go, once there are twice as many users as it has entries.</summary>
    internal void GrowIndexFor(long userCount)
    {
        if (userCount > _growIndexAt && _faster.GrowIndex())
        {
            _growIndexAt *= 2;
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        Device.Drain();
        _faster.Dispose();
        Device.Dispose();
        Hot.Dispose();
    }

    private void Note(int slot, Status status)
    {
        if (status.IsPending)
        {
            _wasPending[slot] = true;
            _pendingCount++;
        }
    }

    // FASTER's reads stop at an address but its setter is internal; 2.6.5 is the last 2.x, and a test holds this still.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_StopAddress")]
    private static extern void SetStopAddress(ref ReadOptions options, long address);
}
