#if EBB_ILGPU
using Ebb.Kernels.Gpu;
using Ebb.Kernels.Memory;
using ILGPU;

namespace Ebb.Kernels.TopK;

/// <summary>
/// <see cref="GpuQueryCoder"/> on the device, a warp a query, for queries that are made there: the same codes and the
/// same bounds to the bit. Sums that round are taken in index order, each lane's term handed round by shuffles.
/// </summary>
internal static class QueryCodeGpu
{
    private const double CodeMax = 127;

    // 1.5·2^52: adding it rounds to a whole number, halves to even.
    private const double RoundMagic = 6755399441055744.0;

    /// <summary>
    /// Codes the query that the warp has written, a lane the dimensions lane, lane + 32, … Returns one of
    /// <see cref="GpuOutcome"/>'s states; codes and bounds stay as they are where there are none to write.
    /// </summary>
    public static int Code(GpuServedView served, int query, int dimension)
    {
        long vector = served.Vectors + ((long)query * served.Stride);
        double largest = 0;
        double squared = 0;
        for (int first = 0; first < dimension; first += 32)
        {
            double own = Element(served, vector, first, dimension);
            largest = own > largest ? own : -own > largest ? -own : largest;
            squared = WarpGpu.InOrder(squared, GpuIntrinsics.Multiply(own, own));
        }

        largest = WarpGpu.Max(largest);
        if (largest == 0)
        {
            return GpuOutcome.Kept;
        }

        double norm = Above(squared);
        double needed = largest / CodeMax;
        if (!(norm <= TileCoder.NormMax && needed >= TileCoder.ScaleMin))
        {
            return GpuOutcome.NoCodes;
        }

        double scale = Ceiling(needed);
        double codeSquared = 0;
        double lost = 0;
        for (int first = 0; first < dimension; first += 32)
        {
            double own = Element(served, vector, first, dimension);
            double code = Whole(own / scale);
            int d = first + Warp.LaneIdx;
            if (d < dimension)
            {
                served.Bytes[served.Codes + GpuQueryLayout.Offset(query, d, served.CodeBytes, served.IsTiled != 0)] =
                    (sbyte)(int)code;
            }

            // Whole numbers below 2^53: their order does not matter.
            codeSquared += code * code;
            double off = GpuIntrinsics.Add(own, -GpuIntrinsics.Multiply(scale, code));
            lost = WarpGpu.InOrder(lost, GpuIntrinsics.Multiply(off, off));
        }

        codeSquared = WarpGpu.Sum(codeSquared);
        double rounded = GpuIntrinsics.Multiply(dimension, norm) / (1L << 52);
        double lostNorm = GpuIntrinsics.Add(Above(lost), rounded);
        if (Warp.LaneIdx == 0)
        {
            long bounds = served.Bounds + (query * 4L);
            served.Floats[bounds] = (float)scale;
            served.Floats[bounds + 1] = Ceiling(Above(codeSquared));
            served.Floats[bounds + 2] = Ceiling(GpuIntrinsics.Multiply(lostNorm / scale, 1 + 1e-12));
        }

        return GpuOutcome.Open;
    }

    private static double Element(GpuServedView served, long vector, int first, int dimension)
    {
        int d = first + Warp.LaneIdx;
        return d < dimension ? served.Floats[vector + d] : 0;
    }

    private static double Whole(double value)
    {
        double whole = GpuIntrinsics.Add(GpuIntrinsics.Add(value, RoundMagic), -RoundMagic);
        whole = whole > CodeMax ? CodeMax : whole;
        return whole < -CodeMax ? -CodeMax : whole;
    }

    /// <summary><see cref="RoundedNorm.AboveDouble"/>.</summary>
    private static double Above(double squared) => GpuIntrinsics.Multiply(Math.Sqrt(squared), RoundedNorm.Slack);

    /// <summary><see cref="RoundedNorm.Ceiling"/> of a number ≥ 0.</summary>
    private static float Ceiling(double value)
    {
        float rounded = (float)value;
        return rounded < value ? Interop.IntAsFloat((uint)Interop.FloatAsInt(rounded) + 1u) : rounded;
    }
}
#endif
