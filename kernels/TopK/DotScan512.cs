using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The bound scan on 512-bit registers: one accumulator per (row, query), 16 partial sums each. A stride that is an odd
/// multiple of 8 ends with a half-filled register.
/// </summary>
internal static unsafe class DotScan512
{
    // SAFETY (both): rows has `rowCount` (a multiple of 4) rows of `stride` (a multiple of 8) floats, its padding
    // zero, and so has a query; dots has room for every result.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void One(float* rows, int rowCount, int stride, float* query, float* dots)
    {
        int wide = stride & ~15;
        for (int row = 0; row < rowCount; row += 4)
        {
            float* row0 = rows + ((long)row * stride);
            float* row1 = row0 + stride;
            float* row2 = row1 + stride;
            float* row3 = row2 + stride;
            Vector512<float> sum0 = Vector512<float>.Zero;
            Vector512<float> sum1 = Vector512<float>.Zero;
            Vector512<float> sum2 = Vector512<float>.Zero;
            Vector512<float> sum3 = Vector512<float>.Zero;
            for (int d = 0; d < wide; d += 16)
            {
                Vector512<float> q = Vector512.Load(query + d);
                sum0 = Vector512.MultiplyAddEstimate(Vector512.Load(row0 + d), q, sum0);
                sum1 = Vector512.MultiplyAddEstimate(Vector512.Load(row1 + d), q, sum1);
                sum2 = Vector512.MultiplyAddEstimate(Vector512.Load(row2 + d), q, sum2);
                sum3 = Vector512.MultiplyAddEstimate(Vector512.Load(row3 + d), q, sum3);
            }

            if (wide < stride)
            {
                Vector512<float> q = Vector256.Load(query + wide).ToVector512();
                sum0 = Vector512.MultiplyAddEstimate(Vector256.Load(row0 + wide).ToVector512(), q, sum0);
                sum1 = Vector512.MultiplyAddEstimate(Vector256.Load(row1 + wide).ToVector512(), q, sum1);
                sum2 = Vector512.MultiplyAddEstimate(Vector256.Load(row2 + wide).ToVector512(), q, sum2);
                sum3 = Vector512.MultiplyAddEstimate(Vector256.Load(row3 + wide).ToVector512(), q, sum3);
            }

            dots[row] = Vector512.Sum(sum0);
            dots[row + 1] = Vector512.Sum(sum1);
            dots[row + 2] = Vector512.Sum(sum2);
            dots[row + 3] = Vector512.Sum(sum3);
        }
    }

    /// <summary>Four queries, one behind the other; the dots of query i start at i·dotStride.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Four(float* rows, int rowCount, int stride, float* queries, float* dots, int dotStride)
    {
        int wide = stride & ~15;
        for (int row = 0; row < rowCount; row += 2)
        {
            float* row0 = rows + ((long)row * stride);
            float* row1 = row0 + stride;
            Vector512<float> sum00 = Vector512<float>.Zero;
            Vector512<float> sum01 = Vector512<float>.Zero;
            Vector512<float> sum02 = Vector512<float>.Zero;
            Vector512<float> sum03 = Vector512<float>.Zero;
            Vector512<float> sum10 = Vector512<float>.Zero;
            Vector512<float> sum11 = Vector512<float>.Zero;
            Vector512<float> sum12 = Vector512<float>.Zero;
            Vector512<float> sum13 = Vector512<float>.Zero;
            for (int d = 0; d < wide; d += 16)
            {
                Vector512<float> x0 = Vector512.Load(row0 + d);
                Vector512<float> x1 = Vector512.Load(row1 + d);
                Vector512<float> q0 = Vector512.Load(queries + d);
                sum00 = Vector512.MultiplyAddEstimate(x0, q0, sum00);
                sum10 = Vector512.MultiplyAddEstimate(x1, q0, sum10);
                Vector512<float> q1 = Vector512.Load(queries + stride + d);
                sum01 = Vector512.MultiplyAddEstimate(x0, q1, sum01);
                sum11 = Vector512.MultiplyAddEstimate(x1, q1, sum11);
                Vector512<float> q2 = Vector512.Load(queries + (2 * stride) + d);
                sum02 = Vector512.MultiplyAddEstimate(x0, q2, sum02);
                sum12 = Vector512.MultiplyAddEstimate(x1, q2, sum12);
                Vector512<float> q3 = Vector512.Load(queries + (3 * stride) + d);
                sum03 = Vector512.MultiplyAddEstimate(x0, q3, sum03);
                sum13 = Vector512.MultiplyAddEstimate(x1, q3, sum13);
            }

            if (wide < stride)
            {
                Vector512<float> x0 = Vector256.Load(row0 + wide).ToVector512();
                Vector512<float> x1 = Vector256.Load(row1 + wide).ToVector512();
                Vector512<float> q0 = Vector256.Load(queries + wide).ToVector512();
                sum00 = Vector512.MultiplyAddEstimate(x0, q0, sum00);
                sum10 = Vector512.MultiplyAddEstimate(x1, q0, sum10);
                Vector512<float> q1 = Vector256.Load(queries + stride + wide).ToVector512();
                sum01 = Vector512.MultiplyAddEstimate(x0, q1, sum01);
                sum11 = Vector512.MultiplyAddEstimate(x1, q1, sum11);
                Vector512<float> q2 = Vector256.Load(queries + (2 * stride) + wide).ToVector512();
                sum02 = Vector512.MultiplyAddEstimate(x0, q2, sum02);
                sum12 = Vector512.MultiplyAddEstimate(x1, q2, sum12);
                Vector512<float> q3 = Vector256.Load(queries + (3 * stride) + wide).ToVector512();
                sum03 = Vector512.MultiplyAddEstimate(x0, q3, sum03);
                sum13 = Vector512.MultiplyAddEstimate(x1, q3, sum13);
            }

            float* at = dots + row;
            at[0] = Vector512.Sum(sum00);
            at[1] = Vector512.Sum(sum10);
            at[dotStride] = Vector512.Sum(sum01);
            at[dotStride + 1] = Vector512.Sum(sum11);
            at[2 * dotStride] = Vector512.Sum(sum02);
            at[(2 * dotStride) + 1] = Vector512.Sum(sum12);
            at[3 * dotStride] = Vector512.Sum(sum03);
            at[(3 * dotStride) + 1] = Vector512.Sum(sum13);
        }
    }
}
