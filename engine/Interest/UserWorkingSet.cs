using System.Runtime.CompilerServices;
using Ebb.Engine.Store;

namespace Ebb.Engine.Interest;

/// <summary>
/// The records of the users of one batch, folded in log order: where they stand in the store for those that may be
/// changed there, and in the partition's own memory for new and spilled ones (read together, so disk reads overlap, and
/// written back whole). The store never merges anything, which is what keeps two writes of one user in order however
/// slow a disk is. Reused; grows to the largest batch. Between Load and WriteBack nothing else may write to the store.
/// </summary>
internal sealed class UserWorkingSet(RecordShape shape)
{
    // Of records that will be looked at: what a core keeps under way, and no more than its nearest cache holds.
    private const int HeadsTogether = 10;

    private readonly List<byte[]> _buffers = [];
    private byte[] _keyBytes = new byte[4096];
    private Slot[] _slots = new Slot[64];
    private ReadOnlyMemory<byte>[] _keys = new ReadOnlyMemory<byte>[64];
    private Memory<byte>[] _records = new Memory<byte>[64];
    private bool[] _found = new bool[64];
    private int[] _table = new int[256];
    private int _keyBytesUsed;
    private int _bufferCount;
    private int _loadedCount;
    private bool _hasForgotten;

    public RecordShape Shape => shape;

    public int Count { get; private set; }

    /// <summary>The user's slot, made where there is none yet.</summary>
    public int Add(ReadOnlySpan<byte> user) => Add(user, StableHash.Compute(user));

    /// <summary>The same for a user whose <see cref="StableHash"/> is known.</summary>
    public int Add(ReadOnlySpan<byte> user, ulong hash)
    {
        int mask = _table.Length - 1;
        int probe = (int)hash & mask;
        for (; _table[probe] != 0; probe = (probe + 1) & mask)
        {
            if (Is(_table[probe] - 1, user, hash))
            {
                return _table[probe] - 1;
            }
        }

        if ((Count + 1) * 2 > _table.Length)
        {
            GrowTable();
            probe = FreePlace(hash);
        }

        if (Count == _slots.Length)
        {
            Array.Resize(ref _slots, 2 * Count);
        }

        _slots[Count] = new Slot { Hash = hash, Place = probe, KeyStart = StoreKey(user), KeyLength = user.Length };
        _table[probe] = Count + 1;
        return Count++;
    }

    /// <summary>The user's slot, or -1.</summary>
    public int Find(ReadOnlySpan<byte> user)
    {
        ulong hash = StableHash.Compute(user);
        int mask = _table.Length - 1;
        for (int probe = (int)hash & mask; _table[probe] != 0; probe = (probe + 1) & mask)
        {
            if (Is(_table[probe] - 1, user, hash))
            {
                return _table[probe] - 1;
            }
        }

        return -1;
    }

    // SAFETY: in place is what the store gave for the time until the next write, which is ours.
    public unsafe Span<byte> RecordBytes(int slot)
    {
        ref Slot of = ref _slots[slot];
        return of.InPlace != 0 ? new Span<byte>((void*)of.InPlace, shape.RecordBytes) : _buffers[of.Buffer];
    }

    /// <summary>Fetches ahead what folding and reading read of a loaded user who stands in the store.</summary>
    public void Prefetch(int slot, InterestStore store)
    {
        if (_slots[slot].InPlace is not 0 and nint record)
        {
            store.PrefetchFold(record);
        }
    }

    /// <summary>The same for the place of his next event, once his record's head is near.</summary>
    public void PrefetchNextEvent(int slot, InterestStore store)
    {
        if (_slots[slot].InPlace is not 0 and nint record)
        {
            store.PrefetchNextEvent(record);
        }
    }

    public ReadOnlySpan<byte> Key(int slot) => _keyBytes.AsSpan(_slots[slot].KeyStart, _slots[slot].KeyLength);

    public bool IsFound(int slot) => _slots[slot].Found;

    public void MarkFound(int slot) => _slots[slot].Found = true;

    /// <summary>The user goes with the write-back, unless a later entry of the batch makes him anew.</summary>
    public void MarkForgotten(int slot)
    {
        _hasForgotten = true;
        _slots[slot].Found = false;
        _slots[slot].Dirty = false;
        _slots[slot].Forgotten = true;
    }

    public void MarkDirty(int slot, ulong sequence)
    {
        ref Slot of = ref _slots[slot];
        of.Dirty = true;
        of.Forgotten = false;
        of.MarkedAt = sequence;
        if (of.InPlace != 0)
        {
            new UserRecord(RecordBytes(slot), shape).Open();
        }
    }

    /// <summary>True when this batch wrote the user at exactly this log sequence.</summary>
    public bool IsMarkedAt(int slot, ulong sequence) => _slots[slot].MarkedAt == sequence;

    /// <summary>Finds or reads every user added since the last load.</summary>
    public void Load(InterestStore store)
    {
        int elsewhere = OpenInPlace(store);
        if (elsewhere > 0)
        {
            Read(store, elsewhere);
        }

        _loadedCount = Count;
    }

    /// <summary>Seals and writes what the batch changed, where it was not changed in place.</summary>
    public void WriteBack(InterestStore store)
    {
        for (int slot = 0; _bufferCount > 0 && slot < Count; slot++)
        {
            if (_slots[slot].Dirty && _slots[slot].InPlace == 0)
            {
                byte[] record = _buffers[_slots[slot].Buffer];
                new UserRecord(record, shape).Seal();
                store.Write(Key(slot), record);
                _slots[slot].Dirty = false;
            }
        }

        if (_hasForgotten)
        {
            Delete(store);
        }
    }

    public void Clear()
    {
        // A batch of one does not pay for the largest batch there ever was.
        for (int slot = 0; slot < Count; slot++)
        {
            _table[_slots[slot].Place] = 0;
        }

        Count = 0;
        _loadedCount = 0;
        _bufferCount = 0;
        _keyBytesUsed = 0;
    }

    // Buckets first, then records, then a look at them: each step finds in the cache what the one before asked for.
    private int OpenInPlace(InterestStore store)
    {
        long changeableFrom = store.ChangeableFrom;
        for (int slot = _loadedCount; slot < Count; slot++)
        {
            store.PrefetchBucket(_slots[slot].Hash);
        }

        int elsewhere = 0;
        int ahead = _loadedCount;
        for (int slot = _loadedCount; slot < Count; slot++)
        {
            // Many at a time and nothing between them: a fetch waits for its page's place, and those waits overlap.
            if (ahead < slot + HeadsTogether)
            {
                for (int end = Math.Min(Count, ahead + HeadsTogether); ahead < end; ahead++)
                {
                    store.PrefetchHead(_slots[ahead].Hash, _slots[ahead].KeyLength, changeableFrom);
                }
            }

            ref Slot of = ref _slots[slot];
            of.InPlace = store.OpenInPlace(Key(slot), of.Hash, changeableFrom);
            of.Found = of.InPlace != 0;
            elsewhere += of.Found ? 0 : 1;
        }

        return elsewhere;
    }

    private void Read(InterestStore store, int count)
    {
        if (_keys.Length < count)
        {
            Array.Resize(ref _keys, Math.Max(count, _keys.Length * 2));
            Array.Resize(ref _records, _keys.Length);
            Array.Resize(ref _found, _keys.Length);
        }

        int read = 0;
        for (int slot = _loadedCount; slot < Count; slot++)
        {
            ref Slot of = ref _slots[slot];
            if (of.InPlace == 0)
            {
                of.Buffer = TakeBuffer();
                _keys[read] = _keyBytes.AsMemory(of.KeyStart, of.KeyLength);
                _records[read++] = _buffers[of.Buffer];
            }
        }

        store.ReadMany(_keys.AsSpan(0, read), _records.AsSpan(0, read), _found.AsSpan(0, read));
        read = 0;
        for (int slot = _loadedCount; slot < Count; slot++)
        {
            if (_slots[slot].InPlace == 0)
            {
                _slots[slot].Found = _found[read++];
            }
        }
    }

    private void Delete(InterestStore store)
    {
        _hasForgotten = false;
        for (int slot = 0; slot < Count; slot++)
        {
            if (_slots[slot].Forgotten)
            {
                store.Delete(Key(slot));
                _slots[slot].Forgotten = false;
            }
        }
    }

    private int TakeBuffer()
    {
        if (_bufferCount == _buffers.Count)
        {
            _buffers.Add(new byte[shape.RecordBytes]);
        }

        return _bufferCount++;
    }

    private int StoreKey(ReadOnlySpan<byte> user)
    {
        if (_keyBytesUsed + user.Length > _keyBytes.Length)
        {
            Array.Resize(ref _keyBytes, 2 * (_keyBytesUsed + user.Length));
        }

        user.CopyTo(_keyBytes.AsSpan(_keyBytesUsed));
        _keyBytesUsed += user.Length;
        return _keyBytesUsed - user.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/Wire at depth 64
    private bool Is(int slot, ReadOnlySpan<byte> user, ulong hash) =>
        _slots[slot].Hash == hash && Key(slot).SequenceEqual(user);

    private int FreePlace(ulong hash)
    {
        int mask = _table.Length - 1;
        int probe = (int)hash & mask;
        while (_table[probe] != 0)
        {
            probe = (probe + 1) & mask;
        }

        return probe;
    }

    private void GrowTable()
    {
        _table = new int[_table.Length * 2];
        for (int slot = 0; slot < Count; slot++)
        {
            _slots[slot].Place = FreePlace(_slots[slot].Hash);
            _table[_slots[slot].Place] = slot + 1;
        }
    }

    private struct Slot
    {
        public ulong Hash;
        public ulong MarkedAt;

        /// <summary>Where the record stands in the store; 0: in the buffer of this number.</summary>
        public nint InPlace;
        public int Buffer;
        public int Place;
        public int KeyStart;
        public int KeyLength;
        public bool Found;
        public bool Dirty;
        public bool Forgotten;
    }
}
