using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Fit;

/// <summary>Item vectors from a log alone, as files that every command reads.</summary>
public static class VectorsRunner
{
    /// <summary>
    /// Learns from the training part of the split, writes a row an item (zero for one not seen there) and the ids in
    /// the same order.
    /// </summary>
    /// <exception cref="DataFileException">A file cannot be read, or the split leaves nothing to ask.</exception>
    public static VectorsReport Run(VectorsOptions options, Action<ReplayProgress>? progress = null)
    {
        // Given vectors would narrow the items to theirs.
        var log = Datasets.DatasetReader.Read(options.Data.Dataset, options.Data.DataPath);
        var split = EvaluationSplit.Build(log, options.Data.Split, options.Data.HistoryEventMax, null);
        progress?.Invoke(new ReplayProgress("vectors", 0.2));
        float[][] vectors = LearningVectors.Build(split, options.Dimension, options.Window, options.Seed);
        NpyWriter.Write(options.VectorsPath, vectors.SelectMany(row => row).ToArray(), options.Dimension);
        File.WriteAllLines(options.IdsPath, split.Catalogue.Ids);
        return new VectorsReport(
            split.Catalogue.Count, vectors.Count(row => row.Any(value => value != 0)),
            split.Training.Count(training => training));
    }
}
