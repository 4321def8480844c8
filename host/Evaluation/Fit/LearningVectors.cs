using System.Runtime.InteropServices;
using Ebb.Evaluation.Replay;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// Item vectors from the training part of a split alone: rows of the leading eigenvectors, by the root of their
/// eigenvalues, of the positive PMI of items done close together (Levy and Goldberg, 2014); normalised, zero for an
/// item never seen. The eigenvectors come from a randomised range finder with power iterations (Halko, Martinsson and
/// Tropp, 2011, algorithms 4.4 and 5.3). The same split and seed give the same vectors. Pure.
/// </summary>
internal static class LearningVectors
{
    /// <summary>Rows of one user at most this far apart are done together.</summary>
    public const int WindowDefault = 10;

    public const int SeedDefault = 42;

    /// <summary>Directions beyond those wanted, and products with the matrix: both buy closeness.</summary>
    private const int Oversampling = 16;
    private const int PowerCount = 8;

    /// <summary>One vector a catalogue index.</summary>
    public static float[][] Build(
        EvaluationSplit split, int dimension, int window = WindowDefault, int seed = SeedDefault)
    {
        int count = split.Catalogue.Count;
        (int To, double Value)[][] matrix = PositivePmi(CountPairs(split, window), count);
        double[][] basis = Start(dimension + Oversampling, count, seed);
        for (int power = 0; power < PowerCount; power++)
        {
            double[][] images = Images(matrix, basis);
            Orthonormalise(images);
            basis = images;
        }

        // Rayleigh and Ritz: the small matrix QᵀAQ has the leading eigenvalues of A, and its eigenvectors mix Q.
        double[][] last = Images(matrix, basis);
        Matrix<double> small = Matrix<double>.Build.Dense(
            basis.Length, basis.Length, (row, column) => Dot(basis[row], last[column]));
        Evd<double> eigen = ((small + small.Transpose()) / 2).Evd(Symmetricity.Symmetric);
        int[] leading =
        [
            .. Enumerable.Range(0, basis.Length)
                .OrderByDescending(at => Math.Abs(eigen.EigenValues[at].Real)).Take(dimension),
        ];
        float[][] vectors = [.. Enumerable.Range(0, count).Select(_ => new float[dimension])];
        Parallel.For(0, dimension, column =>
        {
            double scale = Math.Sqrt(Math.Abs(eigen.EigenValues[leading[column]].Real));
            for (int item = 0; item < count; item++)
            {
                double value = 0;
                for (int at = 0; at < basis.Length; at++)
                {
                    value += basis[at][item] * eigen.EigenVectors[at, leading[column]];
                }

                vectors[item][column] = (float)(scale * value);
            }
        });
        Array.ForEach(vectors, Normalise);
        return vectors;
    }

    private static Dictionary<(int From, int To), double> CountPairs(EvaluationSplit split, int window)
    {
        var pairs = new Dictionary<(int From, int To), double>();
        for (int row = 0; row < split.Rows.Length; row++)
        {
            int item = split.Catalogue.IndexOf(split.Rows[row].Item);
            for (int back = row - 1; back >= Math.Max(0, row - window) && split.Training[row]; back--)
            {
                int other = split.Catalogue.IndexOf(split.Rows[back].Item);
                if (split.Rows[back].User != split.Rows[row].User)
                {
                    break;
                }

                if (split.Training[back] && item >= 0 && other >= 0 && item != other)
                {
                    CollectionsMarshal.GetValueRefOrAddDefault(pairs, (item, other), out _)++;
                    CollectionsMarshal.GetValueRefOrAddDefault(pairs, (other, item), out _)++;
                }
            }
        }

        return pairs;
    }

    private static (int To, double Value)[][] PositivePmi(Dictionary<(int From, int To), double> pairs, int count)
    {
        double[] sums = new double[count];
        foreach (((int from, _), double pairCount) in pairs)
        {
            sums[from] += pairCount;
        }

        double total = sums.Sum();
        var rows = new List<(int To, double Value)>[count];
        foreach (((int from, int to), double pairCount) in pairs)
        {
            double pmi = Math.Log(pairCount * total / (sums[from] * sums[to]));
            if (pmi > 0)
            {
                (rows[from] ??= []).Add((to, pmi));
            }
        }

        return [.. rows.Select(row => row is null ? [] : row.ToArray())];
    }

    private static double[][] Start(int columnCount, int count, int seed)
    {
        var random = new Random(seed);
        double[][] basis = [.. Enumerable.Range(0, columnCount).Select(
            _ => Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.5).ToArray())];
        Orthonormalise(basis);
        return basis;
    }

    private static double[][] Images((int To, double Value)[][] matrix, double[][] basis)
    {
        double[][] images = new double[basis.Length][];
        Parallel.For(0, basis.Length, column => images[column] = Multiply(matrix, basis[column]));
        return images;
    }

    private static double[] Multiply((int To, double Value)[][] matrix, double[] vector)
    {
        double[] product = new double[vector.Length];
        for (int row = 0; row < product.Length; row++)
        {
            double sum = 0;
            foreach ((int to, double value) in matrix[row])
            {
                sum += value * vector[to];
            }

            product[row] = sum;
        }

        return product;
    }

    /// <summary>Modified Gram–Schmidt; a column that is nothing beside the earlier ones becomes zero.</summary>
    private static void Orthonormalise(double[][] basis)
    {
        double largest = basis.Max(column => Math.Sqrt(Dot(column, column)));
        for (int column = 0; column < basis.Length; column++)
        {
            for (int earlier = 0; earlier < column; earlier++)
            {
                double along = Dot(basis[column], basis[earlier]);
                for (int row = 0; row < basis[column].Length; row++)
                {
                    basis[column][row] -= along * basis[earlier][row];
                }
            }

            double norm = Math.Sqrt(Dot(basis[column], basis[column]));
            for (int row = 0; row < basis[column].Length; row++)
            {
                basis[column][row] = norm > 1e-12 * largest ? basis[column][row] / norm : 0;
            }
        }
    }

    private static void Normalise(float[] vector)
    {
        double norm = Math.Sqrt(vector.Sum(value => (double)value * value));
        for (int column = 0; norm > 0 && column < vector.Length; column++)
        {
            vector[column] = (float)(vector[column] / norm);
        }
    }

    private static double Dot(double[] left, double[] right)
    {
        double sum = 0;
        for (int row = 0; row < left.Length; row++)
        {
            sum += left[row] * right[row];
        }

        return sum;
    }
}
