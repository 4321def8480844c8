using System.Runtime.Intrinsics;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The bound scan: fp32 dot products of a block of rows, off by no more than <see cref="ScanBound"/> says. Picks the
/// widest registers this machine has. Any thread.
/// </summary>
internal static unsafe class DotScan
{
    /// <summary>Partial sums per dot product.</summary>
    public static int LaneCount =>
        Vector512.IsHardwareAccelerated ? 16
        : Vector256.IsHardwareAccelerated ? 8
        : 4;

    /// <summary>
    /// n of the bound: a term is rounded once as a product where multiply-add is not fused, once for each addition down
    /// its lane, and no more than once a lane when the lanes are added up in whatever order.
    /// </summary>
    public static int RoundingCount(int stride) => 1 + ((stride + LaneCount - 1) / LaneCount) + LaneCount;

    public static void One(float* rows, int rowCount, int stride, float* query, float* dots)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            DotScan512.One(rows, rowCount, stride, query, dots);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            DotScan256.One(rows, rowCount, stride, query, dots);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            DotScan128.One(rows, rowCount, stride, query, dots);
        }
        else
        {
            DotScanScalar.One(rows, rowCount, stride, query, dots);
        }
    }

    public static void Two(float* rows, int rowCount, int stride, float* queries, float* dots, int dotStride)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            DotScan512.Two(rows, rowCount, stride, queries, dots, dotStride);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            DotScan256.Two(rows, rowCount, stride, queries, dots, dotStride);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            DotScan128.Two(rows, rowCount, stride, queries, dots, dotStride);
        }
        else
        {
            DotScanScalar.One(rows, rowCount, stride, queries, dots);
            DotScanScalar.One(rows, rowCount, stride, queries + stride, dots + dotStride);
        }
    }
}
