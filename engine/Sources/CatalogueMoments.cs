using System.Numerics;
using System.Runtime.InteropServices;
using Ebb.Engine.Catalogue;

namespace Ebb.Engine.Sources;

/// <summary>
/// Mean vector m and covariance C of the live items, in double: a query's dot products have mean q·m and variance qᵀCq.
/// Immutable.
/// </summary>
internal sealed class CatalogueMoments
{
    /// <summary>Above this every n-th row stands for the rest: a standardisation needs no more.</summary>
    public const int RowCountMax = 65_536;

    private readonly double[] _mean;
    private readonly double[] _covariance;

    private CatalogueMoments(double[] mean, double[] covariance, ulong generation)
    {
        _mean = mean;
        _covariance = covariance;
        Generation = generation;
    }

    public ulong Generation { get; }

    public ReadOnlySpan<double> Mean => _mean;

    /// <summary>D × D.</summary>
    public ReadOnlySpan<double> Covariance => _covariance;

    /// <summary>Over the live rows, at most so many of them, evenly spread.</summary>
    public static CatalogueMoments Of(CatalogueLease lease, int rowCountMax)
    {
        int dimension = lease.Items.Dimension;
        double[] mean = new double[dimension];
        double[] squares = new double[dimension * dimension];
        double[] row = new double[dimension];
        int step = Math.Max(1, (lease.Items.Count + rowCountMax - 1) / rowCountMax);
        int count = 0;
        for (int index = 0; index < lease.Items.Count; index += step)
        {
            if (lease.IsLive(index))
            {
                Add(lease.Vector(index), row, mean, squares);
                count++;
            }
        }

        Centre(mean, squares, count);
        return new CatalogueMoments(mean, squares, lease.Generation);
    }

    /// <summary>Mean and standard deviation of the query's dot products over the catalogue.</summary>
    public (double Mean, double Spread) Of(ReadOnlySpan<float> query)
    {
        int dimension = _mean.Length;
        Span<double> wide = dimension <= 256 ? stackalloc double[dimension] : new double[dimension];
        double mean = 0;
        for (int d = 0; d < dimension; d++)
        {
            wide[d] = query[d];
            mean += _mean[d] * wide[d];
        }

        double variance = 0;
        for (int d = 0; d < dimension; d++)
        {
            variance += wide[d] * Dot(wide, _covariance.AsSpan(d * dimension, dimension));
        }

        return (mean, Math.Sqrt(Math.Max(0, variance)));
    }

    private static void Add(ReadOnlySpan<float> vector, double[] row, double[] mean, double[] squares)
    {
        for (int d = 0; d < row.Length; d++)
        {
            row[d] = vector[d];
            mean[d] += row[d];
        }

        ReadOnlySpan<Vector<double>> wide = MemoryMarshal.Cast<double, Vector<double>>((ReadOnlySpan<double>)row);
        for (int d = 0; d < row.Length; d++)
        {
            double factor = row[d];
            Span<double> sums = squares.AsSpan(d * row.Length, row.Length);
            Span<Vector<double>> wideSums = MemoryMarshal.Cast<double, Vector<double>>(sums);
            for (int index = 0; index < wideSums.Length; index++)
            {
                wideSums[index] += wide[index] * factor;
            }

            for (int index = wideSums.Length * Vector<double>.Count; index < sums.Length; index++)
            {
                sums[index] += row[index] * factor;
            }
        }
    }

    private static void Centre(double[] mean, double[] squares, int count)
    {
        int dimension = mean.Length;
        for (int d = 0; d < dimension; d++)
        {
            mean[d] /= Math.Max(1, count);
        }

        for (int index = 0; index < squares.Length; index++)
        {
            double product = mean[index / dimension] * mean[index % dimension];
            squares[index] = count == 0 ? 0 : (squares[index] / count) - product;
        }
    }

    private static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        ReadOnlySpan<Vector<double>> wideLeft = MemoryMarshal.Cast<double, Vector<double>>(left);
        ReadOnlySpan<Vector<double>> wideRight = MemoryMarshal.Cast<double, Vector<double>>(right);
        var sums = Vector<double>.Zero;
        for (int index = 0; index < wideLeft.Length; index++)
        {
            sums += wideLeft[index] * wideRight[index];
        }

        double sum = Vector.Sum(sums);
        for (int index = wideLeft.Length * Vector<double>.Count; index < left.Length; index++)
        {
            sum += left[index] * right[index];
        }

        return sum;
    }
}
