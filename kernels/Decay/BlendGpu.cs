#if EBB_ILGPU
using Ebb.Kernels.Gpu;
using ILGPU;

namespace Ebb.Kernels.Decay;

/// <summary>
/// Reading banks, a warp a bank: the bits of <see cref="BlendReference"/>. First E, the largest exponent that counts;
/// then the totals in double, half-lives in order, written as fp32; if they turn out too far from 1 they are made again
/// with the power of two that brings them there. All lanes call everything.
/// </summary>
internal static class BlendGpu
{
    /// <summary>Writes the query; returns E. Each lane has written dimensions lane, lane + 32, …</summary>
    public static double Blend(
        GpuBankView shape, ArrayView<float> banks, (long Bank, double ElapsedMs, long Coefficients) at,
        (ArrayView<float> Queries, long Start) target)
    {
        // Lane m makes the exponent and the scale of half-life m; a division and a power each, not one a dimension.
        int own = Warp.LaneIdx < shape.HalfLifeCount ? Warp.LaneIdx : 0;
        double ownExponent = GpuBankView.Exponent(shape, own, at.ElapsedMs, 1.0);
        double ownCoefficient = Exp2Gpu.Load(at.Coefficients + (own * sizeof(double)));
        double largest = WarpGpu.Max(shape.Rates != 0
            ? LaneLargest(shape, banks, at)
            : (Filled(shape, banks, at.Bank) >> Warp.LaneIdx & 1) != 0 && ownCoefficient != 0
                ? ownExponent
                : double.NegativeInfinity);
        bool isEmpty = double.IsNegativeInfinity(largest);
        double exponent = isEmpty ? 0 : largest;
        double ownScale = ownCoefficient == 0 ? 0 : Scale(ownCoefficient, ownExponent, exponent, shape.Table);
        int magnitude = WarpGpu.Max(Size(Write(shape, banks, at, target, (exponent, ownScale, 1.0))));
        int shift = Shift(magnitude);
        if (shift != 0)
        {
            Write(shape, banks, at, target, (exponent, ownScale, Exp2Gpu.PowerOfTwo(-shift)));
        }

        return exponent + shift;
    }

    /// <summary>A bit a half-life whose row holds anything.</summary>
    private static int Filled(GpuBankView shape, ArrayView<float> banks, long bank)
    {
        int filled = 0;
        for (int m = 0; m < shape.HalfLifeCount; m++)
        {
            long row = bank + ((long)m * shape.Dimension);
            for (int d = Warp.LaneIdx; d < shape.Dimension; d += 32)
            {
                filled |= banks[row + d] != 0 ? 1 << m : 0;
            }
        }

        return WarpGpu.Or(filled);
    }

    private static double LaneLargest(
        GpuBankView shape, ArrayView<float> banks, (long Bank, double ElapsedMs, long Coefficients) at)
    {
        double largest = double.NegativeInfinity;
        for (int m = 0; m < shape.HalfLifeCount; m++)
        {
            if (Exp2Gpu.Load(at.Coefficients + (m * sizeof(double))) == 0)
            {
                continue;
            }

            long row = at.Bank + ((long)m * shape.Dimension);
            for (int d = Warp.LaneIdx; d < shape.Dimension; d += 32)
            {
                if (banks[row + d] != 0)
                {
                    double exponent = GpuBankView.Exponent(shape, m, at.ElapsedMs, GpuBankView.Rate(shape, d));
                    largest = exponent > largest ? exponent : largest;
                }
            }
        }

        return largest;
    }

    /// <summary>Writes this lane's dimensions; returns their largest magnitude before the last scale.</summary>
    private static double Write(
        GpuBankView shape, ArrayView<float> banks, (long Bank, double ElapsedMs, long Coefficients) at,
        (ArrayView<float> Queries, long Start) target, (double Exponent, double OwnScale, double Last) scales)
    {
        double magnitude = 0;

        // Whole rounds of the warp: scales come from other lanes.
        for (int first = 0; first < shape.Dimension; first += 32)
        {
            int d = first + Warp.LaneIdx;
            double total = 0;
            for (int m = 0; m < shape.HalfLifeCount; m++)
            {
                double scale = Warp.Shuffle(scales.OwnScale, m);
                float sum = d < shape.Dimension ? banks[at.Bank + ((long)m * shape.Dimension) + d] : 0;

                // An empty slow row has a scale past double's range: what is zero is left out, as defined.
                if (sum != 0)
                {
                    if (shape.Rates != 0)
                    {
                        scale = RatedScale(shape, at, (m, d), scales.Exponent);
                    }

                    total = GpuIntrinsics.Add(total, GpuIntrinsics.Multiply(scale, sum));
                }
            }

            double size = total < 0 ? -total : total;
            magnitude = size > magnitude ? size : magnitude;
            if (d < shape.Dimension)
            {
                target.Queries[target.Start + d] = (float)GpuIntrinsics.Multiply(total, scales.Last);
            }
        }

        return magnitude;
    }

    private static double RatedScale(
        GpuBankView shape, (long Bank, double ElapsedMs, long Coefficients) at, (int HalfLife, int Dimension) of,
        double exponent)
    {
        double coefficient = Exp2Gpu.Load(at.Coefficients + (of.HalfLife * sizeof(double)));
        double own = GpuBankView.Exponent(shape, of.HalfLife, at.ElapsedMs, GpuBankView.Rate(shape, of.Dimension));
        return coefficient == 0 ? 0 : Scale(coefficient, own, exponent, shape.Table);
    }

    private static double Scale(double coefficient, double own, double exponent, long table) =>
        GpuIntrinsics.Multiply(coefficient, Exp2Gpu.Of(GpuIntrinsics.Add(own, -exponent), table));

    /// <summary>A whole number that grows with the power of two in a magnitude; 0 for zero.</summary>
    private static int Size(double magnitude)
    {
        ulong bits = Interop.FloatAsInt(magnitude);
        return bits == 0 ? 0 : (int)(bits >> 52) + 1;
    }

    /// <summary><see cref="BlendScale"/>'s power of two: 0 within 2^±64, and for zeros and infinities.</summary>
    private static int Shift(int magnitude)
    {
        int exponent = magnitude - 1 - 1023;
        if (magnitude == 0 || exponent == 1024)
        {
            return 0;
        }

        int size = exponent < 0 ? -exponent : exponent;
        int clamped = exponent < -1022 ? -1022 : exponent > 1022 ? 1022 : exponent;
        return size <= BlendScale.ExponentFree ? 0 : clamped;
    }
}
#endif
