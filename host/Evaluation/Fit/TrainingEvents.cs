using System.Globalization;
using Ebb.Engine.Interest;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// The training part of a split as Ebb's event CSV, with a column that says which rows are kept for validation: what a
/// training script reads. Nothing of the test part is in it.
/// </summary>
public static class TrainingEvents
{
    public const string Header = "user,item,type,time,value,part";

    /// <summary>Rows written.</summary>
    /// <exception cref="DataFileException">The data cannot be read, or nothing is left to learn from.</exception>
    public static int Write(FitOptions options, string path)
    {
        BehaviourLog log = DatasetReader.Read(options.Dataset, options.DataPath);
        var test = EvaluationSplit.Build(log, options.Split, options.HistoryEventMax, null);
        EvaluationSplit validation = ValidationSplit.Build(log, test, options, null);
        using var writer = new StreamWriter(path);
        writer.NewLine = "\n";
        writer.WriteLine(Header);
        for (int index = 0; index < validation.Rows.Length; index++)
        {
            BehaviourRow row = validation.Rows[index];
            writer.WriteLine(string.Join(
                ',', CsvText.Quote(log.Users[row.User]), CsvText.Quote(log.Items[row.Item]), TypeName(row.Type),
                row.TimeMs.ToString(CultureInfo.InvariantCulture), "",
                validation.Training[index] ? "train" : "valid"));
        }

        return validation.Rows.Length > 0
            ? validation.Rows.Length
            : throw DataFileException.In(options.DataPath, "the training part holds no events.");
    }

    private static string TypeName(byte type) =>
        MemorySchema.DefaultEventTypes.FirstOrDefault(rule => rule.Type == type)?.Name
        ?? type.ToString(CultureInfo.InvariantCulture);
}
