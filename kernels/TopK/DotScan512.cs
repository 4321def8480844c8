using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The bound scan on 512-bit registers: tiles of four rows by one or two queries, one accumulator each, 16 partial sums
/// an accumulator. A stride that is an odd multiple of 8 ends with a half-filled register.
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

            LaneSums.Four(sum0, sum1, sum2, sum3).Store(dots + row);
        }
    }

    /// <summary>Two queries, the second right behind the first; its dots start at dotStride.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Two(float* rows, int rowCount, int stride, float* queries, float* dots, int dotStride)
    {
        float* second = queries + stride;
        int wide = stride & ~15;
        for (int row = 0; row < rowCount; row += 4)
        {
            float* row0 = rows + ((long)row * stride);
            float* row1 = row0 + stride;
            float* row2 = row1 + stride;
            float* row3 = row2 + stride;
            Vector512<float> sum0A = Vector512<float>.Zero;
            Vector512<float> sum1A = Vector512<float>.Zero;
            Vector512<float> sum2A = Vector512<float>.Zero;
            Vector512<float> sum3A = Vector512<float>.Zero;
            Vector512<float> sum0B = Vector512<float>.Zero;
            Vector512<float> sum1B = Vector512<float>.Zero;
            Vector512<float> sum2B = Vector512<float>.Zero;
            Vector512<float> sum3B = Vector512<float>.Zero;
            for (int d = 0; d < wide; d += 16)
            {
                Vector512<float> a = Vector512.Load(queries + d);
                Vector512<float> b = Vector512.Load(second + d);
                Vector512<float> x0 = Vector512.Load(row0 + d);
                sum0A = Vector512.MultiplyAddEstimate(x0, a, sum0A);
                sum0B = Vector512.MultiplyAddEstimate(x0, b, sum0B);
                Vector512<float> x1 = Vector512.Load(row1 + d);
                sum1A = Vector512.MultiplyAddEstimate(x1, a, sum1A);
                sum1B = Vector512.MultiplyAddEstimate(x1, b, sum1B);
                Vector512<float> x2 = Vector512.Load(row2 + d);
                sum2A = Vector512.MultiplyAddEstimate(x2, a, sum2A);
                sum2B = Vector512.MultiplyAddEstimate(x2, b, sum2B);
                Vector512<float> x3 = Vector512.Load(row3 + d);
                sum3A = Vector512.MultiplyAddEstimate(x3, a, sum3A);
                sum3B = Vector512.MultiplyAddEstimate(x3, b, sum3B);
            }

            if (wide < stride)
            {
                Vector512<float> a = Vector256.Load(queries + wide).ToVector512();
                Vector512<float> b = Vector256.Load(second + wide).ToVector512();
                Vector512<float> x0 = Vector256.Load(row0 + wide).ToVector512();
                sum0A = Vector512.MultiplyAddEstimate(x0, a, sum0A);
                sum0B = Vector512.MultiplyAddEstimate(x0, b, sum0B);
                Vector512<float> x1 = Vector256.Load(row1 + wide).ToVector512();
                sum1A = Vector512.MultiplyAddEstimate(x1, a, sum1A);
                sum1B = Vector512.MultiplyAddEstimate(x1, b, sum1B);
                Vector512<float> x2 = Vector256.Load(row2 + wide).ToVector512();
                sum2A = Vector512.MultiplyAddEstimate(x2, a, sum2A);
                sum2B = Vector512.MultiplyAddEstimate(x2, b, sum2B);
                Vector512<float> x3 = Vector256.Load(row3 + wide).ToVector512();
                sum3A = Vector512.MultiplyAddEstimate(x3, a, sum3A);
                sum3B = Vector512.MultiplyAddEstimate(x3, b, sum3B);
            }

            LaneSums.Four(sum0A, sum1A, sum2A, sum3A).Store(dots + row);
            LaneSums.Four(sum0B, sum1B, sum2B, sum3B).Store(dots + dotStride + row);
        }
    }
}
