using System.Buffers.Binary;

namespace Ebb.Engine.Store;

/// <summary>
/// Many short keys in few large arrays, and their order by bytes. One thread. About 12 bytes a key beside its bytes,
/// and 16 more while sorting.
/// </summary>
internal sealed class KeyList
{
    private const int ChunkBytes = 1 << 20;

    private readonly List<byte[]> _chunks = [];
    private readonly List<long> _positions = [];
    private int _used = ChunkBytes;

    internal int Count => _positions.Count;

    internal ReadOnlySpan<byte> this[int index] => KeyAt(_positions[index]);

    internal void Add(ReadOnlySpan<byte> key)
    {
        if (key.Length is 0 or > byte.MaxValue)
        {
            throw new ArgumentException($"a key has 1 to {byte.MaxValue} bytes, not {key.Length}");
        }

        if (_used + 1 + key.Length > ChunkBytes)
        {
            _chunks.Add(new byte[ChunkBytes]);
            _used = 0;
        }

        byte[] chunk = _chunks[^1];
        _positions.Add(((long)(_chunks.Count - 1) * ChunkBytes) + _used);
        chunk[_used] = (byte)key.Length;
        key.CopyTo(chunk.AsSpan(_used + 1));
        _used += 1 + key.Length;
    }

    /// <summary>Indexes of the keys in the order of their bytes (a prefix comes before what it begins).</summary>
    internal int[] SortedOrder()
    {
        // Most comparisons end in the first eight bytes; those travel with the index.
        (ulong Prefix, int Index)[] entries = new (ulong, int)[Count];
        for (int index = 0; index < entries.Length; index++)
        {
            entries[index] = (PrefixOf(this[index]), index);
        }

        Array.Sort(entries, Compare);
        int[] order = new int[entries.Length];
        for (int index = 0; index < order.Length; index++)
        {
            order[index] = entries[index].Index;
        }

        return order;
    }

    private int Compare((ulong Prefix, int Index) left, (ulong Prefix, int Index) right)
    {
        int byPrefix = left.Prefix.CompareTo(right.Prefix);
        return byPrefix != 0 ? byPrefix : this[left.Index].SequenceCompareTo(this[right.Index]);
    }

    private ReadOnlySpan<byte> KeyAt(long position)
    {
        byte[] chunk = _chunks[(int)(position / ChunkBytes)];
        int start = (int)(position % ChunkBytes);
        return chunk.AsSpan(start + 1, chunk[start]);
    }

    private static ulong PrefixOf(ReadOnlySpan<byte> key)
    {
        Span<byte> padded = stackalloc byte[sizeof(ulong)];
        padded.Clear();
        key[..Math.Min(key.Length, padded.Length)].CopyTo(padded);
        return BinaryPrimitives.ReadUInt64BigEndian(padded);
    }
}
