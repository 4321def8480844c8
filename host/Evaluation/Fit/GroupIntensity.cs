using System.Globalization;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// The intensity of an interest as the log shows it: after an act in a group of items, how likely an act of the same
/// user at age t is in the group again. Groups are clusters of the item vectors (spherical k-means), since a log has no
/// categories. Only training rows are read.
/// </summary>
internal static class GroupIntensity
{
    private const int GroupCount = 16;
    private const int ShownCount = 4;
    private const int BinCount = 24;
    private const int Rounds = 12;

    /// <summary>Acts back from an act that are paired with it.</summary>
    private const int PairsBack = 60;

    public static IReadOnlyList<IntensityFit> Of(EvaluationSplit split, EngineReplay replay)
    {
        int[] groupOf = Cluster(replay, split.Catalogue.Count);
        var bins = new Bins();
        for (int row = 0; row < split.Rows.Length; row++)
        {
            int group = GroupAt(split, groupOf, row);
            for (int back = row - 1; group >= 0 && back >= Math.Max(0, row - PairsBack); back--)
            {
                if (split.Rows[back].User != split.Rows[row].User)
                {
                    break;
                }

                bins.Add(GroupAt(split, groupOf, back), group, split.Rows[row].TimeMs - split.Rows[back].TimeMs);
            }
        }

        IEnumerable<int> largest = Enumerable.Range(0, GroupCount).OrderByDescending(bins.PairCount).Take(ShownCount);
        IntensityFit?[] fits =
        [
            IntensityFit.Of("all groups", bins.Points(Enumerable.Range(0, GroupCount))),
            .. largest.Select(group => IntensityFit.Of(
                string.Create(CultureInfo.InvariantCulture, $"group {group}"), bins.Points([group]))),
        ];
        return [.. fits.OfType<IntensityFit>()];
    }

    private static int GroupAt(EvaluationSplit split, int[] groupOf, int row)
    {
        int item = split.Training[row] ? split.Catalogue.IndexOf(split.Rows[row].Item) : -1;
        return item < 0 ? -1 : groupOf[item];
    }

    /// <summary>Centres start at items evenly spread over the catalogue, which is in the order of popularity.</summary>
    private static int[] Cluster(EngineReplay replay, int itemCount)
    {
        int dimension = replay.Dimension;
        float[][] centres =
        [
            .. Enumerable.Range(0, GroupCount).Select(
                group => replay.VectorOf((int)((long)group * itemCount / GroupCount)).ToArray()),
        ];
        int[] groupOf = new int[itemCount];
        for (int round = 0; round < Rounds; round++)
        {
            Parallel.For(0, itemCount, item => groupOf[item] = Nearest(centres, replay.VectorOf(item).Span));
            foreach (float[] centre in centres)
            {
                Array.Clear(centre);
            }

            for (int item = 0; item < itemCount; item++)
            {
                for (int d = 0; d < dimension && groupOf[item] >= 0; d++)
                {
                    centres[groupOf[item]][d] += replay.VectorOf(item).Span[d];
                }
            }

            foreach (float[] centre in centres)
            {
                float norm = MathF.Sqrt(centre.Sum(value => value * value));
                for (int d = 0; d < dimension; d++)
                {
                    centre[d] = norm > 0 ? centre[d] / norm : 0;
                }
            }
        }

        return groupOf;
    }

    /// <summary>-1 for an item without a direction.</summary>
    private static int Nearest(float[][] centres, ReadOnlySpan<float> vector)
    {
        int nearest = -1;
        double highest = 0;
        for (int group = 0; group < centres.Length; group++)
        {
            double dot = 0;
            for (int d = 0; d < vector.Length; d++)
            {
                dot += centres[group][d] * vector[d];
            }

            if (dot > highest)
            {
                (nearest, highest) = (group, dot);
            }
        }

        return nearest;
    }

    /// <summary>Pairs by the earlier act's group and by log2 of their age in seconds, and those that stayed.</summary>
    private sealed class Bins
    {
        private readonly double[] _pairs = new double[GroupCount * BinCount];
        private readonly double[] _stayed = new double[GroupCount * BinCount];
        private readonly double[] _ages = new double[GroupCount * BinCount];

        public void Add(int earlier, int later, long ageMs)
        {
            if (earlier < 0 || ageMs <= 0)
            {
                return;
            }

            int bin = Math.Clamp((int)Math.Log2(Math.Max(1, ageMs / 1000.0)), 0, BinCount - 1);
            int at = (earlier * BinCount) + bin;
            _pairs[at]++;
            _stayed[at] += earlier == later ? 1 : 0;
            _ages[at] += ageMs;
        }

        public double PairCount(int group) => _pairs.AsSpan(group * BinCount, BinCount).ToArray().Sum();

        /// <summary>A point weighs the root of its pairs: pairs of one user are far from independent.</summary>
        public IReadOnlyList<IntensityPoint> Points(IEnumerable<int> groups)
        {
            int[] chosen = [.. groups];
            var points = new List<IntensityPoint>();
            for (int bin = 0; bin < BinCount; bin++)
            {
                double pairs = chosen.Sum(group => _pairs[(group * BinCount) + bin]);
                if (pairs >= 30)
                {
                    points.Add(new IntensityPoint(
                        chosen.Sum(group => _ages[(group * BinCount) + bin]) / pairs,
                        chosen.Sum(group => _stayed[(group * BinCount) + bin]) / pairs, Math.Sqrt(pairs)));
                }
            }

            return points;
        }
    }
}
