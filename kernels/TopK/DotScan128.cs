using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ebb.Kernels.TopK;

/// <summary>The bound scan on 128-bit registers: one accumulator per (row, query), 4 partial sums each.</summary>
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

            dots[row] = Vector128.Sum(sum0);
            dots[row + 1] = Vector128.Sum(sum1);
            dots[row + 2] = Vector128.Sum(sum2);
            dots[row + 3] = Vector128.Sum(sum3);
        }
    }

    /// <summary>Four queries, one behind the other; the dots of query i start at i·dotStride.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Four(float* rows, int rowCount, int stride, float* queries, float* dots, int dotStride)
    {
        for (int row = 0; row < rowCount; row += 2)
        {
            float* row0 = rows + ((long)row * stride);
            float* row1 = row0 + stride;
            Vector128<float> sum00 = Vector128<float>.Zero;
            Vector128<float> sum01 = Vector128<float>.Zero;
            Vector128<float> sum02 = Vector128<float>.Zero;
            Vector128<float> sum03 = Vector128<float>.Zero;
            Vector128<float> sum10 = Vector128<float>.Zero;
            Vector128<float> sum11 = Vector128<float>.Zero;
            Vector128<float> sum12 = Vector128<float>.Zero;
            Vector128<float> sum13 = Vector128<float>.Zero;
            for (int d = 0; d < stride; d += 4)
            {
                Vector128<float> x0 = Vector128.Load(row0 + d);
                Vector128<float> x1 = Vector128.Load(row1 + d);
                Vector128<float> q0 = Vector128.Load(queries + d);
                sum00 = Vector128.MultiplyAddEstimate(x0, q0, sum00);
                sum10 = Vector128.MultiplyAddEstimate(x1, q0, sum10);
                Vector128<float> q1 = Vector128.Load(queries + stride + d);
                sum01 = Vector128.MultiplyAddEstimate(x0, q1, sum01);
                sum11 = Vector128.MultiplyAddEstimate(x1, q1, sum11);
                Vector128<float> q2 = Vector128.Load(queries + (2 * stride) + d);
                sum02 = Vector128.MultiplyAddEstimate(x0, q2, sum02);
                sum12 = Vector128.MultiplyAddEstimate(x1, q2, sum12);
                Vector128<float> q3 = Vector128.Load(queries + (3 * stride) + d);
                sum03 = Vector128.MultiplyAddEstimate(x0, q3, sum03);
                sum13 = Vector128.MultiplyAddEstimate(x1, q3, sum13);
            }

            float* at = dots + row;
            at[0] = Vector128.Sum(sum00);
            at[1] = Vector128.Sum(sum10);
            at[dotStride] = Vector128.Sum(sum01);
            at[dotStride + 1] = Vector128.Sum(sum11);
            at[2 * dotStride] = Vector128.Sum(sum02);
            at[(2 * dotStride) + 1] = Vector128.Sum(sum12);
            at[3 * dotStride] = Vector128.Sum(sum03);
            at[(3 * dotStride) + 1] = Vector128.Sum(sum13);
        }
    }
}
