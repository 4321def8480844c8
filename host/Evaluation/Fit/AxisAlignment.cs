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
    /// <returns>X turned. Zeros stay zeros.</returns>
    public static float[][] Turn(float[][] vectors, Func<int, ReadOnlyMemory<float>> served)
    {
        if (vectors.Length == 0)
        {
            return [];
        }

        Matrix<double> own = Matrix<double>.Build.DenseOfRowVectors(vectors.Select(vector => Wide(vector)));
        Matrix<double> directions = Matrix<double>.Build.DenseOfRowVectors(
            Enumerable.Range(0, vectors.Length).Select(row => Direction(served(row).Span)));
        var parts = own.TransposeThisAndMultiply(directions).Svd();
        Matrix<double> turned = own * (parts.U * parts.VT);
        return [.. turned.EnumerateRows().Select(row => row.Select(value => (float)value).ToArray())];
    }

    /// <summary>Mean cosine of each row to its counterpart, over those where neither is zero; 0 without any.</summary>
    public static AxisAgreement Agreement(float[][] vectors, Func<int, ReadOnlyMemory<float>> served) =>
        new(Enumerable.Range(0, vectors.Length)
            .Select(row => (Own: Direction(vectors[row]), Served: Direction(served(row).Span)))
            .Where(pair => pair.Own.L2Norm() > 0 && pair.Served.L2Norm() > 0)
            .Select(pair => pair.Own * pair.Served)
            .DefaultIfEmpty(0).Average());

    private static Vector<double> Direction(ReadOnlySpan<float> vector)
    {
        Vector<double> wide = Wide(vector);
        double norm = wide.L2Norm();
        return norm > 0 ? wide / norm : wide;
    }

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
    private const double CosineMin = 0.5;

    /// <summary>Half of what a vector says, or more, lies on the same axes.</summary>
    public bool Holds => MeanCosine >= CosineMin;
}
