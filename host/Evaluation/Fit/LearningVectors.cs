using System.Runtime.InteropServices;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// Item vectors from the learning part alone: rows of the leading eigenvectors, by the root of their eigenvalues, of
/// the positive PMI of items done close together; normalised, zero for an item never seen. The given vectors know the
/// validation slice (they were made from the whole training part) and would be weighed for it.
/// </summary>
internal static class LearningVectors
{
    /// <summary>Rows of one user at most this far apart are done together.</summary>
    private const int Window = 10;
    private const int IterationCount = 12;
    private const int Seed = 42;

    /// <summary>One vector a catalogue index.</summary>
    public static float[][] Build(EvaluationSplit split, int dimension)
    {
        int count = split.Catalogue.Count;
        (int To, double Value)[][] matrix = PositivePmi(CountPairs(split), count);
        double[][] basis = Start(dimension, count);
        for (int iteration = 0; iteration < IterationCount; iteration++)
        {
            Parallel.For(0, dimension, column => basis[column] = Multiply(matrix, basis[column]));
            Orthonormalise(basis);
        }

        float[][] vectors = [.. Enumerable.Range(0, count).Select(_ => new float[dimension])];
        for (int column = 0; column < dimension; column++)
        {
            double[] image = Multiply(matrix, basis[column]);
            double scale = Math.Sqrt(Math.Abs(Dot(image, basis[column])));
            for (int item = 0; item < count; item++)
            {
                vectors[item][column] = (float)(scale * basis[column][item]);
            }
        }

        foreach (float[] vector in vectors)
        {
            double norm = Math.Sqrt(vector.Sum(value => (double)value * value));
            for (int column = 0; norm > 0 && column < dimension; column++)
            {
                vector[column] = (float)(vector[column] / norm);
            }
        }

        return vectors;
    }

    private static Dictionary<(int From, int To), double> CountPairs(EvaluationSplit split)
    {
        var pairs = new Dictionary<(int From, int To), double>();
        for (int row = 0; row < split.Rows.Length; row++)
        {
            int item = split.Catalogue.IndexOf(split.Rows[row].Item);
            for (int back = row - 1; back >= Math.Max(0, row - Window) && split.Training[row]; back--)
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

    private static double[][] Start(int dimension, int count)
    {
        var random = new Random(Seed);
        double[][] basis = [.. Enumerable.Range(0, dimension).Select(
            _ => Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.5).ToArray())];
        Orthonormalise(basis);
        return basis;
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
                basis[column][row] = norm > 1e-12 ? basis[column][row] / norm : 0;
            }
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
