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

    public int CountSet()
    {
        int count = 0;
        foreach (ulong word in _words)
        {
            count += BitOperations.PopCount(word);
        }

        return count;
    }
}
