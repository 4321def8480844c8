using Ebb.Engine.Store;

namespace Ebb.Engine.Interest;

/// <summary>
/// The records of the users of one batch, in the partition's own memory: read from the store together (so disk reads
/// overlap), folded here in log order, written back whole. The store never merges anything, which is what keeps two
/// writes of one user in order however slow a disk is. Reused; grows to the largest batch.
/// </summary>
internal sealed class UserWorkingSet(RecordShape shape)
{
    private const int KeyBytesMax = 128;

    private readonly List<Slot> _slots = [];
    private ReadOnlyMemory<byte>[] _keys = new ReadOnlyMemory<byte>[64];
    private Memory<byte>[] _records = new Memory<byte>[64];
    private bool[] _found = new bool[64];
    private int[] _table = new int[256];
    private int _loadedCount;

    public RecordShape Shape => shape;

    public int Count { get; private set; }

    /// <summary>The user's slot, made where there is none yet.</summary>
    public int Add(ReadOnlySpan<byte> user)
    {
        int slot = Find(user);
        if (slot >= 0)
        {
            return slot;
        }

        if ((Count + 1) * 2 > _table.Length)
        {
            GrowTable();
        }

        if (Count == _slots.Count)
        {
            _slots.Add(new Slot(new byte[KeyBytesMax], new byte[shape.RecordBytes]));
        }

        Slot added = _slots[Count];
        user.CopyTo(added.Key);
        added.Begin(user.Length, StableHash.Compute(user));
        Insert(Count, added.Hash);
        return Count++;
    }

    /// <summary>The user's slot, or -1.</summary>
    public int Find(ReadOnlySpan<byte> user)
    {
        int mask = _table.Length - 1;
        for (int probe = (int)StableHash.Compute(user) & mask; _table[probe] != 0; probe = (probe + 1) & mask)
        {
            if (_slots[_table[probe] - 1].KeySpan.SequenceEqual(user))
            {
                return _table[probe] - 1;
            }
        }

        return -1;
    }

    public Span<byte> RecordBytes(int slot) => _slots[slot].Record;

    public ReadOnlySpan<byte> Key(int slot) => _slots[slot].KeySpan;

    public bool IsFound(int slot) => _slots[slot].Found;

    public void MarkFound(int slot) => _slots[slot].Found = true;

    /// <summary>The user goes with the write-back, unless a later entry of the batch makes him anew.</summary>
    public void MarkForgotten(int slot)
    {
        _slots[slot].Found = false;
        _slots[slot].Dirty = false;
        _slots[slot].Forgotten = true;
    }

    public void MarkDirty(int slot, ulong sequence)
    {
        _slots[slot].Dirty = true;
        _slots[slot].Forgotten = false;
        _slots[slot].MarkedAt = sequence;
    }

    /// <summary>True when this batch wrote the user at exactly this log sequence.</summary>
    public bool IsMarkedAt(int slot, ulong sequence) => _slots[slot].MarkedAt == sequence;

    /// <summary>Reads every user added since the last load.</summary>
    public void Load(InterestStore store)
    {
        int count = Count - _loadedCount;
        if (count == 0)
        {
            return;
        }

        if (_keys.Length < count)
        {
            Array.Resize(ref _keys, Math.Max(count, _keys.Length * 2));
            Array.Resize(ref _records, _keys.Length);
            Array.Resize(ref _found, _keys.Length);
        }

        for (int index = 0; index < count; index++)
        {
            Slot slot = _slots[_loadedCount + index];
            _keys[index] = slot.Key.AsMemory(0, slot.KeyLength);
            _records[index] = slot.Record;
        }

        store.ReadMany(_keys.AsSpan(0, count), _records.AsSpan(0, count), _found.AsSpan(0, count));
        for (int index = 0; index < count; index++)
        {
            _slots[_loadedCount + index].Found = _found[index];
        }

        _loadedCount = Count;
    }

    /// <summary>Seals and writes what the batch changed.</summary>
    public void WriteBack(InterestStore store)
    {
        for (int index = 0; index < Count; index++)
        {
            Slot slot = _slots[index];
            if (slot.Dirty)
            {
                new UserRecord(slot.Record, shape).Seal();
                store.Write(slot.KeySpan, slot.Record);
                slot.Dirty = false;
            }
            else if (slot.Forgotten)
            {
                store.Delete(slot.KeySpan);
                slot.Forgotten = false;
            }
        }
    }

    public void Clear()
    {
        Count = 0;
        _loadedCount = 0;
        Array.Clear(_table);
    }

    private void Insert(int slot, ulong hash)
    {
        int mask = _table.Length - 1;
        int probe = (int)hash & mask;
        while (_table[probe] != 0)
        {
            probe = (probe + 1) & mask;
        }

        _table[probe] = slot + 1;
    }

    private void GrowTable()
    {
        _table = new int[_table.Length * 2];
        for (int slot = 0; slot < Count; slot++)
        {
            Insert(slot, _slots[slot].Hash);
        }
    }

    private sealed class Slot(byte[] key, byte[] record)
    {
        public byte[] Key { get; } = key;

        public byte[] Record { get; } = record;

        public int KeyLength { get; private set; }

        public ulong Hash { get; private set; }

        public bool Found { get; set; }

        public bool Dirty { get; set; }

        public bool Forgotten { get; set; }

        public ulong MarkedAt { get; set; }

        public ReadOnlySpan<byte> KeySpan => Key.AsSpan(0, KeyLength);

        public void Begin(int keyLength, ulong hash)
        {
            KeyLength = keyLength;
            Hash = hash;
            Found = false;
            Dirty = false;
            Forgotten = false;
            MarkedAt = 0;
        }
    }
}
