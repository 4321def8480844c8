using System.Globalization;
using System.Text;
using Ebb.Evaluation.Npy;

namespace Ebb.Host.Tests.Evaluation;

/// <summary>A made log in which forgetting cannot help.</summary>
internal static class SteadyUsers
{
    /// <summary>
    /// Users of 40 rows, a minute apart, each drawing evenly from 30 of the items that suit a taste of its own: the
    /// more of the past is remembered, the better.
    /// </summary>
    public static void Write(TempFolder folder, int userCount = 60, int seed = 42)
    {
        const int itemCount = 400;
        const int dimension = 16;
        var random = new Random(seed);
        float[][] vectors = [.. Enumerable.Range(0, itemCount).Select(_ => Direction(random, dimension))];
        NpyWriter.Write(folder.File("v.npy"), vectors.SelectMany(row => row).ToArray(), dimension);
        folder.Write("items_ids.txt", string.Concat(Enumerable.Range(0, itemCount).Select(item => $"i{item}\n")));
        var events = new StringBuilder("user,item,type,time\n");
        for (int user = 0; user < userCount; user++)
        {
            float[] taste = Direction(random, dimension);
            int[] liked =
            [
                .. Enumerable.Range(0, itemCount)
                    .OrderByDescending(item => vectors[item].Zip(taste, (a, b) => a * b).Sum()).Take(30),
            ];
            for (int row = 0; row < 40; row++)
            {
                long time = 1_600_000_000 + (user * 10_000) + (row * 60);
                events.Append(CultureInfo.InvariantCulture, $"u{user},i{liked[random.Next(30)]},view,{time}\n");
            }
        }

        folder.Write("events.csv", events.ToString());
    }

    private static float[] Direction(Random random, int dimension)
    {
        double[] row = [.. Enumerable.Range(0, dimension).Select(
            _ => Enumerable.Range(0, 6).Sum(_ => random.NextDouble() - 0.5))];
        double norm = Math.Sqrt(row.Sum(value => value * value));
        return [.. row.Select(value => (float)(value / norm))];
    }
}
