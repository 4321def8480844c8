using System.Globalization;
using Ebb.Engine.Encoders;
using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Shop;

/// <summary>
/// What a bundle's item encoder does for items of fewer than five training events, those with none included: Recall@20
/// of that truth and of the rest, as the engine serves the policy, with the vectors as given and with those of the text
/// for items that nobody has done yet, as where they are put without a vector. --vectors names the given ones; else
/// they are the bundle's own.
/// </summary>
internal static class ItemTextStudy
{
    private const int ColdBelow = 5;

    public static async Task<StudyReport> RunAsync(
        StudyOptions options, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        var data = ReplayData.Load(options.Data, progress);
        using SequenceEncoder encoder = options.Data.EncoderOf(options.Data.ModelFolder)?.Invoke()
            ?? throw new DataFileException("the study needs a model bundle: name it with --model.");
        ItemEncoder items = encoder.Items
            ?? throw new DataFileException("the model bundle has no item encoder: train it with titles.");
        ItemVectors given = WithAllItems(data);
        var split = EvaluationSplit.Build(data.Log, options.Data.Split, options.Data.HistoryEventMax, given);
        float[][] before = [.. split.Catalogue.VectorRows.Select(row => given.Row(row).ToArray())];
        float[][] after = WithTexts(data, split, items, before);
        double[][] plain = await ServedSlices.AskAsync(options, split, (given, before), cancellation)
            .ConfigureAwait(false);
        progress?.Invoke(new ReplayProgress("items", 0.5));
        double[][] text = await ServedSlices.AskAsync(options, split, (given, after), cancellation)
            .ConfigureAwait(false);
        return new StudyReport(
            "Vectors from texts", ["truth", "queries", "as given", "text where no event", "change"],
            [
                Row($"cold, below {ColdBelow} training events", plain[0], text[0]), Row("all other", plain[1], text[1]),
                Row("all", plain[2], text[2]),
            ],
            [
                $"{options.Model.Describe()}; {split.Catalogue.TrainingCounts.Count(count => count < ColdBelow):N0} of"
                    + $" {split.Catalogue.Count:N0} items are cold; Recall@20 of the truth in each slice, ± standard"
                    + " error of the paired change.",
            ]);
    }

    /// <summary>Items that the vectors do not name have zeros: with a text they can be found.</summary>
    private static ItemVectors WithAllItems(ReplayData data)
    {
        ItemVectors vectors = data.Vectors
            ?? throw new DataFileException("the study needs item vectors: name them.");
        HashSet<string> named = [.. vectors.Ids];
        string[] ids =
            [.. vectors.Ids, .. data.Log.Items.Where((id, item) =>
                data.Log.ItemTitles[item] is not null && !named.Contains(id))];
        float[] values = new float[ids.Length * vectors.Dimension];
        for (int row = 0; row < vectors.Count; row++)
        {
            vectors.Row(row).CopyTo(values.AsMemory(row * vectors.Dimension));
        }

        return new ItemVectors(ids, values, vectors.Dimension);
    }

    private static float[][] WithTexts(
        ReplayData data, EvaluationSplit split, ItemEncoder items, float[][] before)
    {
        float[][] after = [.. before];
        for (int item = 0; item < data.Log.Items.Count; item++)
        {
            int index = split.Catalogue.IndexOf(item);
            if (index >= 0 && split.Catalogue.TrainingCounts[index] == 0
                && data.Log.ItemTitles[item] is { Length: > 0 } title
                && items.Encode(title) is { Length: > 0 } vector)
            {
                after[index] = vector;
            }
        }

        return after;
    }

    private static string[] Row(string name, double[] before, double[] after)
    {
        if (before.Length == 0)
        {
            return [name, "0", "", "", ""];
        }

        double[] changes = [.. after.Zip(before, (now, then) => now - then)];
        double mean = changes.Average();
        double error = Math.Sqrt(changes.Average(change => (change - mean) * (change - mean)) / changes.Length);
        string relative = before.Average() > 0
            ? (mean / before.Average()).ToString("+0 %;-0 %;0 %", CultureInfo.InvariantCulture)
            : "from nothing";
        return
        [
            name, before.Length.ToString("N0", CultureInfo.InvariantCulture),
            before.Average().ToString("0.0000", CultureInfo.InvariantCulture),
            after.Average().ToString("0.0000", CultureInfo.InvariantCulture),
            string.Create(CultureInfo.InvariantCulture, $"{mean:+0.0000;-0.0000;0} ± {error:0.0000} ({relative})"),
        ];
    }
}
