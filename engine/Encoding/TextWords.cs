using System.Text;

namespace Ebb.Engine.Encoders;

/// <summary>
/// A text as numbers of words: runs of ASCII letters and digits and of bytes from 0x80 on, ASCII lower-cased, each
/// hashed (FNV-1a, 32 bits) to a bucket from 1 on. On bytes, so that the training script does the same to the bit.
/// Pure.
/// </summary>
public static class TextWords
{
    private const uint FnvStart = 2166136261;
    private const uint FnvPrime = 16777619;

    /// <summary>Writes the first words' numbers; returns how many.</summary>
    public static int Read(string text, int bucketCount, Span<long> numbers)
    {
        int count = 0;
        uint hash = FnvStart;
        bool inWord = false;
        foreach (byte value in Encoding.UTF8.GetBytes(text))
        {
            byte lower = value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value | 0x20) : value;
            if (lower is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'0' and <= (byte)'9') or >= 0x80)
            {
                hash = (hash ^ lower) * FnvPrime;
                inWord = true;
                continue;
            }

            count += End(ref inWord, ref hash, bucketCount, numbers, count);
        }

        return count + End(ref inWord, ref hash, bucketCount, numbers, count);
    }

    private static int End(ref bool inWord, ref uint hash, int bucketCount, Span<long> numbers, int count)
    {
        bool isWord = inWord && count < numbers.Length;
        if (isWord)
        {
            numbers[count] = 1 + (hash % (uint)bucketCount);
        }

        inWord = false;
        hash = FnvStart;
        return isWord ? 1 : 0;
    }
}
