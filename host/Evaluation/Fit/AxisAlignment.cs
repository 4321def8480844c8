using MathNet.Numerics.LinearAlgebra;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// Turns vectors of a part of the past into the axes of the vectors that are served. What is learned by dimension
/// (rates, attention) is learned on the former and written for the latter; two decompositions have the same dimensions
/// in no order and with any sign, and where two singular values are near each other any rotation of the two is as good.
/// A rotation changes no dot product and no norm, so everything else that is measured stays as it was.
/// </summary>
internal static class AxisAlignment
{
    /// <summary>
    /// Orthogonal Procrustes (Schönemann, 1966): the rotation R = UVᵀ, with USVᵀ the singular value decomposition of
    /// XᵀY, brings X nearest to Y. Y is taken by direction, so that long rows do not decide. Pure.
    /// </summary>
    /// <param name="vectors">N × D, X; rows of zeros have no say.</param>
    /// <param name="served">Row i's counterpart, Y; zeros where there is none.</param>
    /// <returns>X turned; zeros stay zeros.</returns>
    public static float[][] Turn(float[][] vectors, Func<int, ReadOnlyMemory<float>> served) =>
        vectors.Length == 0
            ? []
            : [.. (Wide(vectors) * Rotation(vectors, served, Enumerable.Range(0, vectors.Length)))
                .EnumerateRows().Select(row => row.Select(value => (float)value).ToArray())];

    /// <summary>
    /// How near the rotation brings rows that it was not made of: every other row makes one, which is judged on the
    /// rest. With few rows for their length any two sets seem alike on the rows that were turned to each other.
    /// </summary>
    public static AxisAgreement AgreementTurned(float[][] vectors, Func<int, ReadOnlyMemory<float>> served)
    {
        int[] judging = [.. Enumerable.Range(0, vectors.Length).Where(row => row % 2 == 1)];
        if (judging.Length == 0)
        {
            return default;
        }

        Matrix<double> rotation = Rotation(
            vectors, served, Enumerable.Range(0, vectors.Length).Where(row => row % 2 == 0));
        return Mean(judging.Select(row => (Wide(vectors[row]) * rotation, Wide(served(row).Span))));
    }

    /// <summary>The same of vectors as they are.</summary>
    public static AxisAgreement Agreement(float[][] vectors, Func<int, ReadOnlyMemory<float>> served) =>
        Mean(Enumerable.Range(0, vectors.Length).Select(row => (Wide(vectors[row]), Wide(served(row).Span))));

    private static Matrix<double> Rotation(
        float[][] vectors, Func<int, ReadOnlyMemory<float>> served, IEnumerable<int> rows)
    {
        int[] of = [.. rows];
        Matrix<double> directions = Matrix<double>.Build.DenseOfRowVectors(
            of.Select(row => Direction(Wide(served(row).Span))));
        var parts = Wide([.. of.Select(row => vectors[row])]).TransposeThisAndMultiply(directions).Svd();
        return parts.U * parts.VT;
    }

    private static AxisAgreement Mean(IEnumerable<(Vector<double> Own, Vector<double> Served)> pairs) => new(
        pairs.Where(pair => pair.Own.L2Norm() > 0 && pair.Served.L2Norm() > 0)
            .Select(pair => Direction(pair.Own) * Direction(pair.Served))
            .DefaultIfEmpty(0).Average());

    private static Vector<double> Direction(Vector<double> vector) =>
        vector.L2Norm() is > 0 and double norm ? vector / norm : vector;

    private static Matrix<double> Wide(float[][] vectors) =>
        Matrix<double>.Build.DenseOfRowVectors(vectors.Select(vector => Wide(vector)));

    private static Vector<double> Wide(ReadOnlySpan<float> vector)
    {
        double[] wide = new double[vector.Length];
        for (int column = 0; column < wide.Length; column++)
        {
            wide[column] = vector[column];
        }

        return Vector<double>.Build.Dense(wide);
    }
}

/// <summary>
/// How far vectors of the learning part, turned, have the axes of the given ones. What is learned by dimension holds
/// for the given ones only where <see cref="Holds"/> is true.
/// </summary>
/// <param name="MeanCosine">Of each item's two vectors.</param>
public readonly record struct AxisAgreement(double MeanCosine)
{
    // Half of a vector's length lies along its counterpart then; of unrelated ones nothing.
    private const double CosineMin = 0.5;

    public bool Holds => MeanCosine >= CosineMin;
}
