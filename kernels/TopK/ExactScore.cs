using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ebb.Kernels.TopK;

/// <summary>
/// Scores as defined: double, dimensions in index order. One row is a chain of dependent additions, so four rows are
/// walked at once to keep the adder busy, or eight, a lane each, where registers hold four doubles; each row keeps its
/// own order. A product of two floats is exact in double, so fusing it with its addition changes no bit.
/// </summary>
internal static unsafe class ExactScore
{
    /// <summary>Rows that <see cref="Dot8"/> takes.</summary>
    public const int RowsMax = 8;

    // SAFETY (all): query has `dimension` doubles, each row `dimension` floats.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Dot8(double* query, float** rows, int dimension, double* totals)
    {
        if (!Fma.IsSupported)
        {
            Dot4(query, rows, dimension, totals);
            Dot4(query, rows + 4, dimension, totals + 4);
            return;
        }

        Vector256<double> lower = Vector256<double>.Zero;
        Vector256<double> upper = Vector256<double>.Zero;
        int d = 0;
        for (; d <= dimension - 4; d += 4)
        {
            (Vector128<float> a0, Vector128<float> a1, Vector128<float> a2, Vector128<float> a3) = Columns(rows, d);
            (Vector128<float> b0, Vector128<float> b1, Vector128<float> b2, Vector128<float> b3) = Columns(rows + 4, d);
            Vector256<double> q0 = Vector256.Create(query[d]);
            Vector256<double> q1 = Vector256.Create(query[d + 1]);
            Vector256<double> q2 = Vector256.Create(query[d + 2]);
            Vector256<double> q3 = Vector256.Create(query[d + 3]);
            lower = Fma.MultiplyAdd(q0, Avx.ConvertToVector256Double(a0), lower);
            upper = Fma.MultiplyAdd(q0, Avx.ConvertToVector256Double(b0), upper);
            lower = Fma.MultiplyAdd(q1, Avx.ConvertToVector256Double(a1), lower);
            upper = Fma.MultiplyAdd(q1, Avx.ConvertToVector256Double(b1), upper);
            lower = Fma.MultiplyAdd(q2, Avx.ConvertToVector256Double(a2), lower);
            upper = Fma.MultiplyAdd(q2, Avx.ConvertToVector256Double(b2), upper);
            lower = Fma.MultiplyAdd(q3, Avx.ConvertToVector256Double(a3), lower);
            upper = Fma.MultiplyAdd(q3, Avx.ConvertToVector256Double(b3), upper);
        }

        lower.Store(totals);
        upper.Store(totals + 4);
        for (; d < dimension; d++)
        {
            for (int row = 0; row < RowsMax; row++)
            {
                totals[row] += query[d] * rows[row][d];
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Dot4(double* query, float** rows, int dimension, double* totals)
    {
        float* row0 = rows[0];
        float* row1 = rows[1];
        float* row2 = rows[2];
        float* row3 = rows[3];
        double total0 = 0;
        double total1 = 0;
        double total2 = 0;
        double total3 = 0;
        for (int d = 0; d < dimension; d++)
        {
            double q = query[d];
            total0 += q * row0[d];
            total1 += q * row1[d];
            total2 += q * row2[d];
            total3 += q * row3[d];
        }

        totals[0] = total0;
        totals[1] = total1;
        totals[2] = total2;
        totals[3] = total3;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static double Dot(double* query, float* row, int dimension)
    {
        double total = 0;
        for (int d = 0; d < dimension; d++)
        {
            total += query[d] * row[d];
        }

        return total;
    }

    /// <summary>Four dimensions of four rows: a register a dimension, a lane a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<float>, Vector128<float>, Vector128<float>, Vector128<float>) Columns(float** rows, int d)
    {
        Vector128<float> row0 = Vector128.Load(rows[0] + d);
        Vector128<float> row1 = Vector128.Load(rows[1] + d);
        Vector128<float> row2 = Vector128.Load(rows[2] + d);
        Vector128<float> row3 = Vector128.Load(rows[3] + d);
        Vector128<float> low01 = Sse.UnpackLow(row0, row1);
        Vector128<float> low23 = Sse.UnpackLow(row2, row3);
        Vector128<float> high01 = Sse.UnpackHigh(row0, row1);
        Vector128<float> high23 = Sse.UnpackHigh(row2, row3);
        return (
            Sse.MoveLowToHigh(low01, low23),
            Sse.MoveHighToLow(low23, low01),
            Sse.MoveLowToHigh(high01, high23),
            Sse.MoveHighToLow(high23, high01));
    }
}
