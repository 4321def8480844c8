using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Ebb.Engine.Catalogue;

/// <summary>
/// Ids ↔ rows: open addressing over an arena of id bytes, no object per id. One writer at a time. Lookups may run
/// beside <see cref="Add"/> (a slot is written last, whole) but not beside <see cref="Remove"/>.
/// A slot is hash (high 32 bits) | row + 1; 0 is free, RemovedSlot was taken.
/// </summary>
internal sealed class IdTable
{
    private const int PageBytes = 1 << 16;
    private const int PageCountMax = 1 << 16;
    private const int SlotCountMin = 64;
    private const ulong RemovedSlot = uint.MaxValue;
    private const ulong MixA = 0x9E3779B97F4A7C15;
    private const ulong MixB = 0xD6E8FEB86659FD93;

    private readonly PagedColumn<uint> _offsets = new();

    // Ids come from outside: a seed of this process keeps anyone from choosing ids that collide.
    private readonly ulong _seed = (ulong)Random.Shared.NextInt64();

    private ulong[] _slots = new ulong[SlotCountMin];
    private byte[][] _pages = [];
    private int _usedSlots;
    private int _offsetRows;

    // Offset 0 means none, so the first byte of the arena stays unused.
    private long _arenaEnd = 1;

    /// <summary>Rows that hold an id.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of slots, offsets and arena.</summary>
    public long SizeBytes => (8L * _slots.Length) + ((long)_pages.Length * PageBytes) + (4L * _offsetRows);

    /// <summary>No more id bytes can be addressed; what comes is refused.</summary>
    public bool IsFull => _arenaEnd + PageBytes > (long)PageCountMax * PageBytes;

    public bool TryFind(ReadOnlySpan<byte> id, out int row) => TryFind(id, Hash(id), out row);

    /// <summary>The same for an id whose <see cref="Hash"/> is known.</summary>
    public bool TryFind(ReadOnlySpan<byte> id, uint hash, out int row)
    {
        ulong[] slots = Volatile.Read(ref _slots);
        int mask = slots.Length - 1;
        for (int at = (int)(hash & (uint)mask); ; at = (at + 1) & mask)
        {
            ulong slot = Volatile.Read(ref slots[at]);
            if (slot == 0)
            {
                row = -1;
                return false;
            }

            if (slot >> 32 == hash && (uint)slot != RemovedSlot)
            {
                row = (int)(uint)slot - 1;
                if (Id(row).SequenceEqual(id))
                {
                    return true;
                }
            }
        }
    }

    /// <summary>
    /// Asks for the slot that a lookup will read first. Whoever has many ids to find asks for all slots, then some way
    /// ahead for rows and ids (<see cref="FirstRow"/>, <see cref="PrefetchId"/>): else each lookup waits three times.
    /// </summary>
    public void PrefetchSlot(uint hash)
    {
        ulong[] slots = Volatile.Read(ref _slots);
        Prefetch(ref slots[hash & (uint)(slots.Length - 1)]);
    }

    /// <summary>The row that the first slot of this hash names, or -1: a hint, most often the row looked for.</summary>
    public int FirstRow(uint hash)
    {
        ulong[] slots = Volatile.Read(ref _slots);
        ulong slot = Volatile.Read(ref slots[hash & (uint)(slots.Length - 1)]);
        return slot >> 32 == hash && (uint)slot is not 0 and not (uint)RemovedSlot ? (int)(uint)slot - 1 : -1;
    }

    public void PrefetchOffset(int row) => Prefetch(ref _offsets[row]);

    public void PrefetchId(int row)
    {
        uint offset = _offsets[row];
        Prefetch(ref _pages[offset / PageBytes][offset % PageBytes]);
    }

    /// <summary>The id of a row; empty when it has none.</summary>
    public ReadOnlySpan<byte> Id(int row)
    {
        uint offset = _offsets[row];
        if (offset == 0)
        {
            return default;
        }

        byte[] page = _pages[offset / PageBytes];
        int at = (int)(offset % PageBytes);
        return page.AsSpan(at + 1, page[at]);
    }

    public void EnsureRows(int rowCount)
    {
        _offsets.EnsureRows(rowCount);
        _offsetRows = Math.Max(_offsetRows, rowCount);
    }

    /// <summary>Gives a row without id an id that is not in the table.</summary>
    public void Add(int row, ReadOnlySpan<byte> id)
    {
        if ((_usedSlots + 1) * 10L > _slots.Length * 7L)
        {
            Rehash();
        }

        _offsets[row] = Store(id);
        Insert(_slots, Hash(id), row);
        _usedSlots++;
        Count++;
    }

    /// <summary>Takes a row's id away; its arena bytes stay unused until the next recovery.</summary>
    public void Remove(int row)
    {
        uint hash = Hash(Id(row));
        int mask = _slots.Length - 1;
        int at = (int)(hash & (uint)mask);
        while ((uint)_slots[at] != (uint)row + 1)
        {
            at = (at + 1) & mask;
        }

        _slots[at] = RemovedSlot;
        _offsets[row] = 0;
        Count--;
    }

    private static void Insert(ulong[] slots, uint hash, int row)
    {
        int mask = slots.Length - 1;
        int at = (int)(hash & (uint)mask);
        while (slots[at] != 0)
        {
            at = (at + 1) & mask;
        }

        Volatile.Write(ref slots[at], ((ulong)hash << 32) | ((uint)row + 1));
    }

    private void Rehash()
    {
        int slotCount = SlotCountMin;
        while (slotCount * 5L < (Count + 1) * 10L)
        {
            slotCount *= 2;
        }

        var slots = new ulong[slotCount];
        foreach (ulong slot in _slots)
        {
            if (slot != 0 && (uint)slot != RemovedSlot)
            {
                Insert(slots, (uint)(slot >> 32), (int)(uint)slot - 1);
            }
        }

        _usedSlots = Count;
        Volatile.Write(ref _slots, slots);
    }

    private uint Store(ReadOnlySpan<byte> id)
    {
        int pageLeft = PageBytes - (int)(_arenaEnd % PageBytes);
        if (id.Length + 1 > pageLeft)
        {
            _arenaEnd += pageLeft;
        }

        int pageIndex = (int)(_arenaEnd / PageBytes);
        if (pageIndex >= _pages.Length)
        {
            AddPage();
        }

        long offset = _arenaEnd;
        byte[] page = _pages[pageIndex];
        int at = (int)(offset % PageBytes);
        page[at] = (byte)id.Length;
        id.CopyTo(page.AsSpan(at + 1));
        _arenaEnd += id.Length + 1;
        return (uint)offset;
    }

    private void AddPage()
    {
        var pages = new byte[_pages.Length + 1][];
        _pages.CopyTo(pages, 0);
        pages[^1] = new byte[PageBytes];
        Volatile.Write(ref _pages, pages);
    }

    /// <summary>Of this table: its seed is its own.</summary>
    public uint Hash(ReadOnlySpan<byte> id)
    {
        ulong hash = _seed ^ ((ulong)id.Length * MixA);
        while (id.Length >= 8)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(id));
            id = id[8..];
        }

        ulong rest = 0;
        foreach (byte value in id)
        {
            rest = (rest << 8) | value;
        }

        hash = Mix(hash ^ rest);
        return (uint)(hash >> 32) ^ (uint)hash;
    }

    // SAFETY: a prefetch touches nothing.
    private static unsafe void Prefetch<T>(ref T place)
        where T : unmanaged
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref place));
        }
    }

    // Both halves of a 64 × 64 product: every input bit reaches every output bit.
    private static ulong Mix(ulong value)
    {
        ulong high = Math.BigMul(value ^ MixA, MixB, out ulong low);
        return high ^ low;
    }
}
