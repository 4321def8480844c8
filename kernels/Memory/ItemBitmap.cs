using System.Numerics;

namespace Ebb.Kernels.Memory;

/// <summary>
/// One bit a catalogue row, 64 rows a word, row i at word i/64, bit i%64. Not synchronised: built by one thread,
/// then shared for reading.
/// </summary>
public sealed class ItemBitmap
{
    private ulong[] _words;

    public ItemBitmap(int rowCount = 0)
    {
        _words = new ulong[(rowCount + 63) / 64];
    }

    private ItemBitmap(ulong[] words)
    {
        _words = words;
    }

    public ReadOnlySpan<ulong> Words => _words;

    public Span<ulong> MutableWords => _words;

    public bool this[int row]
    {
        get => (uint)row / 64 < (uint)_words.Length && (_words[row >> 6] >> (row & 63) & 1) != 0;
        set
        {
            EnsureRows(row + 1);
            if (value)
            {
                _words[row >> 6] |= 1UL << (row & 63);
            }
            else
            {
                _words[row >> 6] &= ~(1UL << (row & 63));
            }
        }
    }

    public void EnsureRows(int rowCount)
    {
        int wordCount = (rowCount + 63) / 64;
        if (wordCount > _words.Length)
        {
            Array.Resize(ref _words, Math.Max(wordCount, _words.Length * 2));
        }
    }

    public ItemBitmap Clone() => new((ulong[])_words.Clone());

    /// <summary>this ← this OR other.</summary>
    public void Union(ItemBitmap other)
    {
        EnsureRows(other._words.Length * 64);
        for (int word = 0; word < other._words.Length; word++)
        {
            _words[word] |= other._words[word];
        }
    }

    public int CountSet() => CountSet(_words.Length * 64);

    /// <summary>Bits set among the first rows.</summary>
    public int CountSet(int rowCount)
    {
        int count = 0;
        int whole = Math.Min(rowCount / 64, _words.Length);
        for (int word = 0; word < whole; word++)
        {
            count += BitOperations.PopCount(_words[word]);
        }

        return whole < _words.Length && rowCount % 64 != 0
            ? count + BitOperations.PopCount(_words[whole] & ((1UL << (rowCount % 64)) - 1))
            : count;
    }

    /// <summary>The word of rows 64·word and on; rows past the end are not set.</summary>
    internal ulong WordAt(int word) => word < _words.Length ? _words[word] : 0;
}
