using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The bound scan on 128-bit registers: tiles of four rows by one or two queries, one accumulator each, 4 partial sums
/// an accumulator.
/// </summary>
internal static unsafe class DotScan128
{
    // SAFETY (both): rows has `rowCount` (a multiple of 4) rows of `stride` (a multiple of 8) floats, its padding
    // zero, and so has a query; dots has room for every result.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void One(float* rows, int rowCount, int stride, float* query, float* dots)
    {
        for (int row = 0; row < rowCount; row += 4)
        {
            float* row0 = rows + ((long)row * stride);
            float* row1 = row0 + stride;
            float* row2 = row1 + stride;
            float* row3 = row2 + stride;
            Vector128<float> sum0 = Vector128<float>.Zero;
            Vector128<float> sum1 = Vector128<float>.Zero;
            Vector128<float> sum2 = Vector128<float>.Zero;
            Vector128<float> sum3 = Vector128<float>.Zero;
            for (int d = 0; d < stride; d += 4)
            {
                Vector128<float> q = Vector128.Load(query + d);
                sum0 = Vector128.MultiplyAddEstimate(Vector128.Load(row0 + d), q, sum0);
                sum1 = Vector128.MultiplyAddEstimate(Vector128.Load(row1 + d), q, sum1);
                sum2 = Vector128.MultiplyAddEstimate(Vector128.Load(row2 + d), q, sum2);
                sum3 = Vector128.MultiplyAddEstimate(Vector128.Load(row3 + d), q, sum3);
            }

            LaneSums.Four(sum0, sum1, sum2, sum3).Store(dots + row);
        }
    }

    /// <summary>Two queries, the second right behind the first; its dots start at dotStride.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Two(float* rows, int rowCount, int stride, float* queries, float* dots, int dotStride)
    {
        float* second = queries + stride;
        for (int row = 0; row < rowCount; row += 4)
        {
            float* row0 = rows + ((long)row * stride);
            float* row1 = row0 + stride;
            float* row2 = row1 + stride;
            float* row3 = row2 + stride;
            Vector128<float> sum0A = Vector128<float>.Zero;
            Vector128<float> sum1A = Vector128<float>.Zero;
            Vector128<float> sum2A = Vector128<float>.Zero;
            Vector128<float> sum3A = Vector128<float>.Zero;
            Vector128<float> sum0B = Vector128<float>.Zero;
            Vector128<float> sum1B = Vector128<float>.Zero;
            Vector128<float> sum2B = Vector128<float>.Zero;
            Vector128<float> sum3B = Vector128<float>.Zero;
            for (int d = 0; d < stride; d += 4)
            {
                Vector128<float> a = Vector128.Load(queries + d);
                Vector128<float> b = Vector128.Load(second + d);
                Vector128<float> x0 = Vector128.Load(row0 + d);
                sum0A = Vector128.MultiplyAddEstimate(x0, a, sum0A);
                sum0B = Vector128.MultiplyAddEstimate(x0, b, sum0B);
                Vector128<float> x1 = Vector128.Load(row1 + d);
                sum1A = Vector128.MultiplyAddEstimate(x1, a, sum1A);
                sum1B = Vector128.MultiplyAddEstimate(x1, b, sum1B);
                Vector128<float> x2 = Vector128.Load(row2 + d);
                sum2A = Vector128.MultiplyAddEstimate(x2, a, sum2A);
                sum2B = Vector128.MultiplyAddEstimate(x2, b, sum2B);
                Vector128<float> x3 = Vector128.Load(row3 + d);
                sum3A = Vector128.MultiplyAddEstimate(x3, a, sum3A);
                sum3B = Vector128.MultiplyAddEstimate(x3, b, sum3B);
            }

            LaneSums.Four(sum0A, sum1A, sum2A, sum3A).Store(dots + row);
            LaneSums.Four(sum0B, sum1B, sum2B, sum3B).Store(dots + dotStride + row);
        }
    }
}
