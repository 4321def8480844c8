namespace Ebb.Evaluation.Segments;

/// <summary>
/// Lloyd's k-means with the seeding of Arthur and Vassilvitskii (k-means++, 2007), in double. Deterministic: the same
/// rows and seed give the same clusters. A cluster that runs empty takes the row farthest from its centre.
/// </summary>
internal static class KMeans
{
    private const int RoundCountMax = 100;

    /// <param name="rows">Of one length.</param>
    /// <param name="count">Clusters wanted; no more are found than there are different rows.</param>
    /// <param name="seed">Of the first centres.</param>
    public static KMeansResult Cluster(IReadOnlyList<double[]> rows, int count, int seed)
    {
        double[][] centres = Seeds(rows, count, new Random(seed));
        int[] nearest = new int[rows.Count];
        double[] distances = new double[rows.Count];
        for (int round = 0; round < RoundCountMax; round++)
        {
            bool hasMoved = round == 0;
            for (int row = 0; row < rows.Count; row++)
            {
                (int centre, double distance) = Nearest(rows[row], centres);
                hasMoved |= centre != nearest[row];
                (nearest[row], distances[row]) = (centre, distance);
            }

            if (!hasMoved)
            {
                break;
            }

            Move(rows, nearest, distances, centres);
        }

        return new KMeansResult(nearest, centres, distances.Sum());
    }

    private static double[][] Seeds(IReadOnlyList<double[]> rows, int count, Random random)
    {
        if (rows.Count == 0)
        {
            return [];
        }

        var centres = new List<double[]> { (double[])rows[random.Next(rows.Count)].Clone() };
        double[] distances = [.. rows.Select(row => Distance(row, centres[0]))];
        while (centres.Count < count)
        {
            double left = random.NextDouble() * distances.Sum();
            int chosen = -1;
            for (int row = 0; row < rows.Count && (chosen < 0 || left >= 0); row++)
            {
                // A row that is a centre already has distance 0 and is never taken again.
                chosen = distances[row] > 0 ? row : chosen;
                left -= distances[row];
            }

            if (chosen < 0)
            {
                break;
            }

            centres.Add((double[])rows[chosen].Clone());
            for (int row = 0; row < rows.Count; row++)
            {
                distances[row] = Math.Min(distances[row], Distance(rows[row], centres[^1]));
            }
        }

        return [.. centres];
    }

    private static void Move(
        IReadOnlyList<double[]> rows, int[] nearest, double[] distances, double[][] centres)
    {
        int[] counts = new int[centres.Length];
        double[][] sums = [.. centres.Select(centre => new double[centre.Length])];
        for (int row = 0; row < rows.Count; row++)
        {
            counts[nearest[row]]++;
            for (int d = 0; d < rows[row].Length; d++)
            {
                sums[nearest[row]][d] += rows[row][d];
            }
        }

        for (int centre = 0; centre < centres.Length; centre++)
        {
            if (counts[centre] > 0)
            {
                centres[centre] = [.. sums[centre].Select(sum => sum / counts[centre])];
                continue;
            }

            int farthest = Array.IndexOf(distances, distances.Max());
            centres[centre] = (double[])rows[farthest].Clone();
            distances[farthest] = 0;
        }
    }

    /// <summary>Equal distances: the lower centre.</summary>
    private static (int Centre, double Distance) Nearest(double[] row, double[][] centres)
    {
        int best = 0;
        double lowest = double.PositiveInfinity;
        for (int centre = 0; centre < centres.Length; centre++)
        {
            double distance = Distance(row, centres[centre]);
            (best, lowest) = distance < lowest ? (centre, distance) : (best, lowest);
        }

        return (best, lowest);
    }

    private static double Distance(double[] left, double[] right)
    {
        double sum = 0;
        for (int d = 0; d < left.Length; d++)
        {
            sum += (left[d] - right[d]) * (left[d] - right[d]);
        }

        return sum;
    }
}

/// <summary>The cluster of each row, the centres, and the sum of squared distances to them.</summary>
internal sealed record KMeansResult(int[] Clusters, double[][] Centres, double Inertia);
