using System.Runtime.CompilerServices;

namespace Ebb.Kernels.TopK;

/// <summary>
/// Scores as defined: double, dimensions in index order. One row is a chain of dependent additions, so four rows are
/// walked at once to keep the adder busy; each keeps its own order.
/// </summary>
internal static unsafe class ExactScore
{
    // SAFETY (both): query has `dimension` doubles, each row `dimension` floats.
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
}
