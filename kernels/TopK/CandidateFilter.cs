using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ebb.Kernels.TopK;

/// <summary>
/// Which rows of a scanned block the bound cannot exclude. A row is out only if fl(dot + error·norm) is below the
/// threshold: the rounded sum is below a float only if the unrounded one is, so the row's true score is below it too.
/// NaN never compares, and stays in.
/// </summary>
internal static unsafe class CandidateFilter
{
    /// <summary>Largest of the norm bounds, which are ≥ 0 or +∞.</summary>
    // SAFETY: norms has rowCount floats.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static float NormMax(float* norms, int rowCount)
    {
        int row = 0;
        float largest = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            Vector128<float> largest0 = Vector128<float>.Zero;
            Vector128<float> largest1 = Vector128<float>.Zero;
            for (; row <= rowCount - 8; row += 8)
            {
                largest0 = Vector128.Max(largest0, Vector128.Load(norms + row));
                largest1 = Vector128.Max(largest1, Vector128.Load(norms + row + 4));
            }

            largest0 = Vector128.Max(largest0, largest1);
            largest = MathF.Max(
                MathF.Max(largest0.GetElement(0), largest0.GetElement(1)),
                MathF.Max(largest0.GetElement(2), largest0.GetElement(3)));
        }

        for (; row < rowCount; row++)
        {
            largest = MathF.Max(largest, norms[row]);
        }

        return largest;
    }

    /// <summary>Writes the positions of the rows that stay in, ascending; returns how many.</summary>
    // SAFETY: dots and norms have rowCount floats, candidates room for rowCount.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static int Collect(
        float* dots, float* norms, int rowCount, float error, float threshold, int* candidates)
    {
        int count = 0;
        int row = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<float> errors = Vector256.Create(error);
            Vector256<float> thresholds = Vector256.Create(threshold);
            for (; row <= rowCount - 8; row += 8)
            {
                Vector256<float> above = Vector256.MultiplyAddEstimate(
                    Vector256.Load(norms + row), errors, Vector256.Load(dots + row));
                uint kept = ~Vector256.LessThan(above, thresholds).ExtractMostSignificantBits() & 0xFF;
                while (kept != 0)
                {
                    candidates[count++] = row + BitOperations.TrailingZeroCount(kept);
                    kept &= kept - 1;
                }
            }
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            Vector128<float> errors = Vector128.Create(error);
            Vector128<float> thresholds = Vector128.Create(threshold);
            for (; row <= rowCount - 4; row += 4)
            {
                Vector128<float> above = Vector128.MultiplyAddEstimate(
                    Vector128.Load(norms + row), errors, Vector128.Load(dots + row));
                uint kept = ~Vector128.LessThan(above, thresholds).ExtractMostSignificantBits() & 0xF;
                while (kept != 0)
                {
                    candidates[count++] = row + BitOperations.TrailingZeroCount(kept);
                    kept &= kept - 1;
                }
            }
        }

        for (; row < rowCount; row++)
        {
            float above = dots[row] + (norms[row] * error);
            if (!(above < threshold))
            {
                candidates[count++] = row;
            }
        }

        return count;
    }
}
