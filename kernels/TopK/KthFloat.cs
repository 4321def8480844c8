using System.Runtime.Intrinsics;

namespace Ebb.Kernels.TopK;

/// <summary>About the K-th best of many floats in no order, by counting: a pass takes an eighth of a step a float.</summary>
internal static class KthFloat
{
    // Near enough if at most a sixteenth more than K reach it.
    private const int TolerancePerK = 16;

    /// <summary>
    /// A float that K of the values reach and few more do, not below what is known: halving over the floats in their
    /// order, as integers. Where fewer than K reach what is known it stays.
    /// </summary>
    public static float Find(ReadOnlySpan<float> values, int k, float atLeast)
    {
        if (CountFrom(values, atLeast) < k)
        {
            return atLeast;
        }

        int known = Ordered(atLeast);
        int beyond = Ordered(Highest(values)) + 1;
        int enough = k + (k / TolerancePerK);
        int reached = int.MaxValue;
        while (reached > enough && (long)beyond - known > 1)
        {
            int middle = (int)(((long)known + beyond) >> 1);
            int count = CountFrom(values, FromOrdered(middle));
            if (count >= k)
            {
                known = middle;
                reached = count;
            }
            else
            {
                beyond = middle;
            }
        }

        return FromOrdered(known);
    }

    private static float Highest(ReadOnlySpan<float> values)
    {
        Vector256<float> highest = Vector256.Create(float.NegativeInfinity);
        int at = 0;
        for (; at <= values.Length - Vector256<float>.Count; at += Vector256<float>.Count)
        {
            Vector256<float> next = Vector256.Create(values[at..]);
            highest = Vector256.ConditionalSelect(Vector256.GreaterThan(next, highest), next, highest);
        }

        float best = highest[0];
        for (int lane = 1; lane < Vector256<float>.Count; lane++)
        {
            best = MathF.Max(best, highest[lane]);
        }

        for (; at < values.Length; at++)
        {
            best = MathF.Max(best, values[at]);
        }

        return best;
    }

    /// <summary>How many reach a float.</summary>
    public static int CountFrom(ReadOnlySpan<float> values, float from)
    {
        Vector256<float> threshold = Vector256.Create(from);
        Vector256<int> counts = Vector256<int>.Zero;
        int at = 0;
        for (; at <= values.Length - Vector256<float>.Count; at += Vector256<float>.Count)
        {
            // A true lane is −1.
            counts -= Vector256.GreaterThanOrEqual(Vector256.Create(values[at..]), threshold).AsInt32();
        }

        int count = Vector256.Sum(counts);
        for (; at < values.Length; at++)
        {
            count += values[at] >= from ? 1 : 0;
        }

        return count;
    }

    /// <summary>An integer that sorts as the float does; no NaN comes here.</summary>
    private static int Ordered(float value)
    {
        int bits = BitConverter.SingleToInt32Bits(value);
        return bits ^ ((bits >> 31) & int.MaxValue);
    }

    private static float FromOrdered(int ordered) =>
        BitConverter.Int32BitsToSingle(ordered ^ ((ordered >> 31) & int.MaxValue));
}
