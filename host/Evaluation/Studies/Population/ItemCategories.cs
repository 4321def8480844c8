using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Npy;

namespace Ebb.Evaluation.Studies.Population;

/// <summary>
/// A category an item of a log: MovieLens' first genre (u.item beside the data), else clusters of the item vectors:
/// spherical k-means from evenly spaced items, so that every run finds the same. Vectors of the training part see
/// nothing of the test part.
/// </summary>
internal static class ItemCategories
{
    public const int ClusterCount = 20;

    private const int RoundCount = 12;
    private const int FirstGenreField = 5;

    /// <summary>By index of the log's item; null for none.</summary>
    public static string?[] Of(
        BehaviourLog log, EvaluationOptions options, ItemVectors? vectors, out string source)
    {
        string dataPath = options.DataPath;
        if (options.ModelFolder is { } model && File.Exists(ModelFiles.ItemCategories(model)))
        {
            source = "categories: the model's";
            Dictionary<string, string> byItem = ItemVectors.ReadIds(ModelFiles.Ids(model))
                .Zip(File.ReadAllLines(ModelFiles.ItemCategories(model)))
                .Where(pair => pair.Second.Length > 0).ToDictionary(pair => pair.First, pair => pair.Second);
            return [.. log.Items.Select(item => byItem.GetValueOrDefault(item))];
        }

        string folder = Directory.Exists(dataPath) ? dataPath : Path.GetDirectoryName(dataPath) ?? "";
        string? genres = new[] { "u.item", "u.item.gz" }.Select(name => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
        if (log.Kind == DatasetKind.MovieLens && genres is not null)
        {
            source = "categories: the first genre of a film";
            Dictionary<string, string> genreOf = ReadGenres(genres);
            return [.. log.Items.Select(item => genreOf.GetValueOrDefault(item))];
        }

        if (vectors is null)
        {
            throw DataFileException.In(dataPath, "no genres and no item vectors beside the data; name vectors.");
        }

        source = $"categories: {ClusterCount} clusters of the item vectors";
        int[] clusters = Cluster(vectors);
        var clusterOf = vectors.Ids.Select((id, row) => (id, row))
            .ToDictionary(pair => pair.id, pair => $"cluster {clusters[pair.row]}");
        return [.. log.Items.Select(item => clusterOf.GetValueOrDefault(item))];
    }

    /// <summary>A cluster a row; −1 for a zero vector, of which nothing is known.</summary>
    public static int[] Cluster(ItemVectors vectors)
    {
        int[] known = [.. Enumerable.Range(0, vectors.Ids.Count).Where(row => !IsZero(vectors.Row(row).Span))];
        int count = Math.Min(ClusterCount, known.Length);
        double[][] centres = [.. Enumerable.Range(0, count).Select(place =>
            vectors.Row(known[place * known.Length / count]).ToArray().Select(value => (double)value).ToArray())];
        int[] clusters = new int[vectors.Ids.Count];
        for (int round = 0; round < RoundCount; round++)
        {
            double[][] sums = [.. centres.Select(centre => new double[centre.Length])];
            foreach (int row in known)
            {
                clusters[row] = Nearest(vectors.Row(row).Span, centres);
                Add(sums[clusters[row]], vectors.Row(row).Span);
            }

            centres = [.. sums.Select(Normalised)];
        }

        foreach (int row in Enumerable.Range(0, clusters.Length).Except(known))
        {
            clusters[row] = -1;
        }

        return clusters;
    }

    private static Dictionary<string, string> ReadGenres(string path)
    {
        string[] names =
        [
            "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama",
            "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
        ];
        var genres = new Dictionary<string, string>();
        foreach ((long _, string line) in DataFile.ReadLines(path))
        {
            string[] fields = line.Split('|');
            int first = Array.FindIndex(fields, Math.Min(fields.Length, FirstGenreField + 1), field => field == "1");
            genres[fields[0]] = first < 0 ? names[0] : names[Math.Min(first - FirstGenreField, names.Length - 1)];
        }

        return genres;
    }

    private static bool IsZero(ReadOnlySpan<float> vector) => !vector.ContainsAnyExcept(0f);

    private static int Nearest(ReadOnlySpan<float> vector, double[][] centres)
    {
        int best = 0;
        double highest = double.NegativeInfinity;
        for (int centre = 0; centre < centres.Length; centre++)
        {
            double dot = 0;
            for (int d = 0; d < vector.Length; d++)
            {
                dot += vector[d] * centres[centre][d];
            }

            (best, highest) = dot > highest ? (centre, dot) : (best, highest);
        }

        return best;
    }

    private static void Add(double[] sum, ReadOnlySpan<float> vector)
    {
        for (int d = 0; d < vector.Length; d++)
        {
            sum[d] += vector[d];
        }
    }

    private static double[] Normalised(double[] sum)
    {
        double norm = Math.Sqrt(sum.Sum(value => value * value));
        return norm > 0 ? [.. sum.Select(value => value / norm)] : sum;
    }
}
