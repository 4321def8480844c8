using Ebb.Engine.Store.Spill;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Store;

/// <summary>
/// The folded state of one partition's users: newest record by key, in memory up to a budget and in scratch files
/// beyond it (DESIGN.md). Used by one thread at a time, the partition's writer. Invariant: a record comes back as it
/// was written or not at all, and <see cref="Count"/> is exact. Nothing survives <see cref="Dispose"/>: what lasts
/// is the log and the base.
/// </summary>
public sealed partial class InterestStore : IDisposable
{
    public const int KeyBytesMax = 128;

    private const int KeyBytesTypical = 32;
    private const int CompactPagesPerPage = 4;

    private readonly string _folder;
    private readonly SpillLog _log;
    private readonly LogCompactor _compactor;
    private readonly PresenceMemo _memo = new();
    private readonly List<UserScan> _scans = [];
    private readonly int _pageBytes;
    private readonly byte[] _scratch;
    private long _nextCheckAddress;
    private bool _isDisposed;

    /// <summary>
    /// Opens an empty store. Spilled records go to <c>folder/spill/pNNN</c>, or, where there is no folder, below the
    /// system's temporary folder; nothing is written before memory is full. At least eight pages are held, whatever
    /// the budget says. Two stores of one partition need two suffixes.
    /// </summary>
    public InterestStore(
        string? folder, int partition, RecordShape shape, long memoryBytes, long userCountHint, ILogger? logger = null,
        string suffix = "")
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (!BitConverter.IsLittleEndian)
        {
            throw new EngineStartException("the store needs a little-endian machine: its records are little-endian");
        }

        Shape = shape;
        Partition = partition;
        _folder = SpillFolder(folder, partition, suffix);
        DeleteLeftovers(_folder);
        int slotBytes = SlotBytes(KeyBytesMax);
        LogSizes sizes = LogSizes.For(memoryBytes, userCountHint, slotBytes);
        _log = new SpillLog(_folder, sizes, KeyBytesTypical, shape, logger);
        _compactor = new LogCompactor(_log, sizes.PageBytes, shape.RecordBytes);
        _pageBytes = sizes.PageBytes;
        _scratch = new byte[shape.RecordBytes];
        _nextCheckAddress = _pageBytes;
    }

    public RecordShape Shape { get; }

    public int Partition { get; }

    /// <summary>Users with a record.</summary>
    public long Count { get; private set; }

    /// <summary>Bytes of records, keys and headers of live users, in memory and spilled.</summary>
    public long LiveBytes { get; private set; }

    /// <summary>Bytes of pages in memory now, without the hash index (9 to 18 bytes an expected user).</summary>
    public long MemoryBytes => _log.MemoryBytes;

    /// <summary>Bytes of the log from its oldest record to its newest, dead versions included.</summary>
    public long LogBytes => _log.TailAddress - _log.BeginAddress;

    /// <summary>Bytes of scratch files, in whole segments.</summary>
    public long SpillBytes => _log.Device.FileBytes;

    /// <summary>
    /// Copies each key's record into its buffer, of exactly the shape's size, and says which were there. All reads are
    /// issued before any is waited for, so spilled ones go to disk side by side.
    /// </summary>
    /// <exception cref="StoreCorruptException">A record is not what was written; no buffer may be used.</exception>
    /// <exception cref="StoreException">The disk failed.</exception>
    public void ReadMany(
        ReadOnlySpan<ReadOnlyMemory<byte>> keys, ReadOnlySpan<Memory<byte>> records, Span<bool> found)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (records.Length < keys.Length || found.Length < keys.Length)
        {
            throw new ArgumentException("a buffer and a flag for every key");
        }

        int faultsBefore = _log.Device.ReadFaultCount;
        _log.BeginReads(keys.Length);
        for (int slot = 0; slot < keys.Length; slot++)
        {
            CheckKey(keys[slot].Length);
            CheckRecord(records[slot].Length);
            _log.Read(keys[slot].Span, slot, records[slot]);
        }

        _log.CompleteReads();
        bool faulted = _log.Device.ReadFaultCount != faultsBefore;
        _memo.Reset(keys.Length);
        for (int slot = 0; slot < keys.Length; slot++)
        {
            ReadOnlySpan<byte> key = keys[slot].Span;
            found[slot] = Settle(key, slot, records[slot].Span, faulted);
            if (found[slot])
            {
                SealIfOpen(records[slot].Span);
            }

            _memo.Add(KeyHash.Compute(key), found[slot]);
        }
    }

    /// <summary>Replaces a user's record, or makes the user. The record is sealed; its bytes are copied.</summary>
    /// <exception cref="StoreException">The disk failed; the store takes no more writes.</exception>
    public void Write(ReadOnlySpan<byte> key, ReadOnlySpan<byte> record)
    {
        BeforeWrite(key);
        CheckRecord(record.Length);
        ulong hash = KeyHash.Compute(key);
        bool existed = Exists(key, hash);
        _log.Upsert(key, record);
        if (!existed)
        {
            Count++;
            LiveBytes += SlotBytes(key.Length);
            _memo.Update(hash, isPresent: true);
            _log.GrowIndexFor(Count);
        }

        AfterWrite();
    }

    /// <summary>Removes a user; of an unknown one nothing happens.</summary>
    public void Delete(ReadOnlySpan<byte> key)
    {
        BeforeWrite(key);
        ulong hash = KeyHash.Compute(key);
        if (!Exists(key, hash))
        {
            return;
        }

        Span<byte> deletion = stackalloc byte[sizeof(ulong)];
        deletion.Clear();
        _log.Upsert(key, deletion);
        Count--;
        LiveBytes -= SlotBytes(key.Length);
        _memo.Update(hash, isPresent: false);
        AfterWrite();
    }

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        foreach (UserScan scan in _scans.ToArray())
        {
            scan.Dispose();
        }

        _compactor.Dispose();
        _log.Dispose();
    }

    /// <summary>What a user takes in FASTER's log: its header, then key and record with their lengths.</summary>
    private int SlotBytes(int keyBytes) =>
        sizeof(ulong) + Aligned(sizeof(int) + keyBytes) + Aligned(sizeof(int) + Shape.RecordBytes);

    private static int Aligned(int bytes) => (bytes + 7) & ~7;

    private static string SpillFolder(string? folder, int partition, string suffix) => folder is null
        ? Path.Combine(Path.GetTempPath(), $"ebb-spill-{Environment.ProcessId}-{Guid.NewGuid():N}")
        : Path.Combine(folder, "spill", $"p{partition:D3}{suffix}");

    /// <summary>Removes what stores of a process that was killed left in the engine folder.</summary>
    internal static void DeleteAllSpill(string folder) => DeleteLeftovers(Path.Combine(folder, "spill"));

    private static void DeleteLeftovers(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EngineStartException(
                $"the old spill files in {folder} cannot be removed: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    private bool Exists(ReadOnlySpan<byte> key, ulong hash)
    {
        if (_memo.TryGet(hash, out bool isPresent))
        {
            return isPresent;
        }

        int faultsBefore = _log.Device.ReadFaultCount;
        _log.BeginReads(1);
        _log.Read(key, 0, default);
        _log.CompleteReads();
        return Settle(key, 0, default, _log.Device.ReadFaultCount != faultsBefore);
    }

    /// <summary>Turns what a slot's read met into an answer; an empty record: only whether it is there.</summary>
    private bool Settle(ReadOnlySpan<byte> key, int slot, ReadOnlySpan<byte> record, bool faulted)
    {
        ReadOutcome outcome = _log.Outcome(slot);
        if (outcome == ReadOutcome.Nothing && faulted && _log.WentToDisk(slot))
        {
            throw CorruptUser(key, _log.Device.ReadFault ?? "a disk read failed");
        }

        if (outcome == ReadOutcome.OtherLength)
        {
            throw CorruptUser(key, "its record has another size");
        }

        if (outcome != ReadOutcome.Found)
        {
            return false;
        }

        if (!record.IsEmpty)
        {
            CheckIntact(key, record);
        }

        return true;
    }

    private void SealIfOpen(Span<byte> record)
    {
        if (UserRecord.IsOpen(record))
        {
            new UserRecord(record, Shape).Seal();
        }
    }

    // An open record never left memory, or its block's checksum was checked when it came back: its shape is left.
    private void CheckIntact(ReadOnlySpan<byte> key, ReadOnlySpan<byte> record)
    {
        RecordCheck check = UserRecord.IsOpen(record)
            ? UserRecord.VerifyShape(record, Shape)
            : UserRecord.Verify(record, Shape);
        if (check != RecordCheck.Ok)
        {
            throw CorruptUser(key, $"its record fails its check ({check})");
        }
    }

    private void BeforeWrite(ReadOnlySpan<byte> key)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        CheckKey(key.Length);
        if (_log.Device.WriteFault is string fault)
        {
            throw new StoreException(fault);
        }
    }

    private void AfterWrite()
    {
        if (_log.TailAddress < _nextCheckAddress)
        {
            return;
        }

        // Dead versions may fill as much as live ones do, and what lies in the pages that still change.
        long passed = _log.SafeReadOnlyAddress;
        foreach (UserScan scan in _scans)
        {
            passed = Math.Min(passed, scan.PassedAddress);
        }

        long dead = LogBytes - LiveBytes;
        if (dead > Math.Max(LiveBytes, _log.MemoryBytes))
        {
            _compactor.Step(passed, CompactPagesPerPage * _pageBytes);
        }

        _nextCheckAddress = _log.TailAddress + _pageBytes;
    }

    private static StoreCorruptException CorruptUser(ReadOnlySpan<byte> key, string why) => new(
        $"user {Convert.ToHexStringLower(key)} is damaged in the store: {why}; restart to rebuild it from base and log",
        key.ToArray());

    private static void CheckKey(int keyBytes)
    {
        if (keyBytes is < 1 or > KeyBytesMax)
        {
            throw new ArgumentException($"a user's key has 1 to {KeyBytesMax} bytes, not {keyBytes}");
        }
    }

    private void CheckRecord(int recordBytes)
    {
        if (recordBytes != Shape.RecordBytes)
        {
            throw new ArgumentException($"a record of this store has {Shape.RecordBytes} bytes, not {recordBytes}");
        }
    }
}
