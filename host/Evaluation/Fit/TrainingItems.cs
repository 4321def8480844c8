using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Studies.Population;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// What a training script reads of the items, as CSV: their titles, and their categories where a data set has some or
/// vectors of the training part to cluster.
/// </summary>
public static class TrainingItems
{
    /// <summary>False: the data has no titles, and nothing is written.</summary>
    public static bool WriteTitles(EvaluationOptions options, string path)
    {
        BehaviourLog log = DatasetReader.Read(options.Dataset, options.DataPath);
        return Write(path, "item,text", log.Items.Zip(log.ItemTitles));
    }

    /// <summary>False: the data has neither categories nor vectors beside it.</summary>
    public static bool WriteCategories(EvaluationOptions options, string path)
    {
        BehaviourLog log = DatasetReader.Read(options.Dataset, options.DataPath);
        string? vectors = options.FindVectors();
        if (vectors is null && log.Kind != DatasetKind.MovieLens)
        {
            return false;
        }

        string?[] categories = ItemCategories.Of(
            log, options, vectors is null ? null : ItemVectors.Load(vectors, options.FindIds(vectors)), out _);
        return Write(path, "item,category", log.Items.Zip(categories));
    }

    private static bool Write(string path, string header, IEnumerable<(string Item, string? Text)> rows)
    {
        string[] lines =
        [
            .. rows.Where(row => !string.IsNullOrWhiteSpace(row.Text))
                .Select(row => $"{CsvText.Quote(row.Item)},{CsvText.Quote(row.Text!)}"),
        ];
        if (lines.Length > 0)
        {
            File.WriteAllLines(path, lines.Prepend(header));
        }

        return lines.Length > 0;
    }
}
