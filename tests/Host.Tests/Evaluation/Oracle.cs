namespace Ebb.Host.Tests.Evaluation;

/// <summary>Plain double arithmetic, dimensions in index order, and a full sort.</summary>
internal static class Oracle
{
    public static double Dot(ReadOnlySpan<double> interest, ReadOnlySpan<float> vector)
    {
        double sum = 0;
        for (int index = 0; index < vector.Length; index++)
        {
            sum += interest[index] * vector[index];
        }

        return sum;
    }

    public static void Add(Span<double> interest, double weight, ReadOnlySpan<float> vector)
    {
        for (int index = 0; index < vector.Length; index++)
        {
            interest[index] += weight * vector[index];
        }
    }

    /// <summary>Indices of the best scores, equal scores by index.</summary>
    public static int[] Top(double[] scores, int count) =>
        [.. Enumerable.Range(0, scores.Length).OrderByDescending(index => scores[index]).Take(count)];
}
