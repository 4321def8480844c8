#if EBB_ILGPU
using ILGPU;

namespace Ebb.Kernels.TopK;

/// <summary>
/// Selection and sorting by the threads of one group, which all call and all get the same answer. Keys are unsigned,
/// larger is better; a key of zero stands for nothing.
/// </summary>
internal static class SelectGpu
{
    public const int Digits = 256;

    /// <summary>
    /// A number that k of the keys from <paramref name="start"/> on are not below, and the rest are: the k-th largest
    /// (count ≥ k ≥ 1), lower bits left out once they decide nothing. Looks at bits from 63 down to the last shift: a
    /// radix selection, a digit of eight bits a pass.
    /// </summary>
    public static ulong Kth(
        ArrayView<ulong> keys, long start, (int Count, int K, int LastShift) at,
        (ArrayView<int> Bins, ArrayView<int> Words) shared)
    {
        ulong prefix = 0;
        ulong mask = 0;
        int remaining = at.K;
        for (int shift = 56; shift >= at.LastShift; shift -= 8)
        {
            for (int bin = Group.IdxX; bin < Digits; bin += Group.DimX)
            {
                shared.Bins[bin] = 0;
            }

            // The bins are empty before the first count, and the last pass' answer has been read.
            Group.Barrier();
            for (int index = Group.IdxX; index < at.Count; index += Group.DimX)
            {
                ulong key = keys[start + index];
                if ((key & mask) == prefix)
                {
                    Atomic.Add(ref shared.Bins[(int)(key >> shift) & (Digits - 1)], 1);
                }
            }

            Group.Barrier();
            if (Group.IdxX == 0)
            {
                Walk(shared.Bins, shared.Words, remaining);
            }

            Group.Barrier();
            prefix |= (ulong)(uint)shared.Words[0] << shift;
            mask |= (ulong)(Digits - 1) << shift;
            remaining = shared.Words[1];
            if (shared.Words[2] == remaining)
            {
                // All of the digit's keys are among the k: whatever their lower bits, this many are not below it.
                return prefix;
            }
        }

        return prefix;
    }

    /// <summary>Sorts the first <paramref name="count"/> keys, a power of two, largest first (bitonic).</summary>
    public static void Sort(ArrayView<ulong> keys, int count)
    {
        for (int run = 2; run <= count; run <<= 1)
        {
            for (int distance = run >> 1; distance > 0; distance >>= 1)
            {
                for (int pair = Group.IdxX; pair < count / 2; pair += Group.DimX)
                {
                    // The pair-th index whose bit `distance` is clear.
                    int low = ((pair & ~(distance - 1)) << 1) | (pair & (distance - 1));
                    ulong a = keys[low];
                    ulong b = keys[low + distance];
                    bool isFalling = (low & run) == 0;
                    if (isFalling ? a < b : a > b)
                    {
                        keys[low] = b;
                        keys[low + distance] = a;
                    }
                }

                Group.Barrier();
            }
        }
    }

    private static void Walk(ArrayView<int> bins, ArrayView<int> words, int remaining)
    {
        int digit = Digits - 1;
        while (digit > 0 && bins[digit] < remaining)
        {
            remaining -= bins[digit];
            digit--;
        }

        words[0] = digit;
        words[1] = remaining;
        words[2] = bins[digit];
    }
}
#endif
