using Ebb.Engine.Portrait;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Portrait;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Segments;

/// <summary>
/// Finds segments of users: k-means over the square roots of the shares that categories have in a user's decayed mass
/// (the Hellinger distance between users), so that a user counts by what they like and not by how much they do.
/// </summary>
public static class SegmentRunner
{
    private const int CategoriesTold = 4;
    private const int NameCategories = 2;

    /// <summary>A category below this share of a segment's mass names none.</summary>
    private const double NameShareMin = 0.05;

    /// <exception cref="DataFileException">A file cannot be read, or no user has a category.</exception>
    public static SegmentReport Run(SegmentOptions options, Action<ReplayProgress>? progress)
    {
        progress?.Invoke(new ReplayProgress("reading", 0));
        BehaviourLog log = DatasetReader.Read(options.Data.Dataset, options.Data.DataPath);
        var portrait = new PortraitOptions(options.Data) { Categories = options.Categories };
        string?[] categories = PortraitRunner.CategoriesOf(portrait, log, out string source);
        string[] names = [.. categories.OfType<string>().Where(name => name.Length > 0).Distinct()];
        PastAct[][] acts = UserActs.Of(log, categories, new ActWeights(options.Memory));
        double[]?[] shares = [.. acts.Select(own => SharesOf(own, names.Length, options.HalfLife))];
        int[] known = [.. Enumerable.Range(0, shares.Length).Where(user => shares[user] is not null)];
        if (known.Length == 0)
        {
            throw DataFileException.In(options.Data.DataPath, "no user has an event of any category.");
        }

        progress?.Invoke(new ReplayProgress("clusters", 0.5));
        double[][] roots = [.. known.Select(user => shares[user]!.Select(Math.Sqrt).ToArray())];
        KMeansResult found = KMeans.Cluster(roots, options.Count, options.Seed);
        FoundSegment[] segments = Describe(found, [.. known.Select(user => shares[user]!)], names);
        return new SegmentReport(DatasetNames.Of(options.Data.Dataset), source)
        {
            Segments = [.. segments.OrderByDescending(segment => segment.UserCount)],
            Users = [.. known.Select((user, place) => (log.Users[user], segments[found.Clusters[place]].Name))],
            UserCount = log.Users.Count,
            Explained = 1 - (found.Inertia / Math.Max(1e-300, KMeans.Cluster(roots, 1, 0).Inertia)),
        };
    }

    /// <summary>By code − 1; null without any mass. As of the user's own last event: shares do not age.</summary>
    private static double[]? SharesOf(PastAct[] acts, int categoryCount, TimeSpan halfLife)
    {
        double[] masses = new double[categoryCount];
        foreach (PastAct act in acts.Where(act => act.Category != 0 && act.Weight > 0))
        {
            masses[act.Category - 1] +=
                act.Weight * Math.Pow(2, -(acts[^1].TimeMs - act.TimeMs) / halfLife.TotalMilliseconds);
        }

        double sum = masses.Sum();
        return sum > 0 ? [.. masses.Select(mass => mass / sum)] : null;
    }

    private static FoundSegment[] Describe(KMeansResult found, double[][] shares, string[] names)
    {
        double[] population = Mean(shares, names.Length);
        var segments = new FoundSegment[found.Centres.Length];
        var taken = new HashSet<string>();
        for (int cluster = 0; cluster < segments.Length; cluster++)
        {
            double[][] own = [.. shares.Where((_, place) => found.Clusters[place] == cluster)];
            double[] mean = Mean(own, names.Length);
            int[] heaviest = [.. Enumerable.Range(0, names.Length).OrderByDescending(at => mean[at]).ThenBy(at => at)];
            string[] over =
            [
                .. heaviest.Where(at => mean[at] >= NameShareMin).OrderByDescending(at => mean[at] / population[at])
                    .Take(NameCategories).Select(at => names[at]),
            ];
            string name = over.Length == 0 ? "mixed" : string.Join(" + ", over);
            for (int number = 2; !taken.Add(name); number++)
            {
                name = $"{(over.Length == 0 ? "mixed" : string.Join(" + ", over))} {number}";
            }

            segments[cluster] = new FoundSegment(name, own.Length)
            {
                Categories =
                    [.. heaviest.Take(CategoriesTold).Select(at => (names[at], mean[at], population[at]))],
            };
        }

        return segments;
    }

    private static double[] Mean(double[][] rows, int length) =>
        [.. Enumerable.Range(0, length).Select(at => rows.Length == 0 ? 0 : rows.Average(row => row[at]))];
}
