using System.Runtime.CompilerServices;

namespace Ebb.Kernels.TopK;

/// <summary>The bound scan without registers: what runs where no SIMD is to be had.</summary>
internal static unsafe class DotScanScalar
{
    // SAFETY: as in DotScan256.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void One(float* rows, int rowCount, int stride, float* query, float* dots)
    {
        for (int row = 0; row < rowCount; row++)
        {
            float* x = rows + ((long)row * stride);
            float sum0 = 0;
            float sum1 = 0;
            float sum2 = 0;
            float sum3 = 0;
            for (int d = 0; d < stride; d += 4)
            {
                sum0 += x[d] * query[d];
                sum1 += x[d + 1] * query[d + 1];
                sum2 += x[d + 2] * query[d + 2];
                sum3 += x[d + 3] * query[d + 3];
            }

            dots[row] = sum0 + sum1 + (sum2 + sum3);
        }
    }
}
