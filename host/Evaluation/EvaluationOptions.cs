using Ebb.Engine.Encoders;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;
using Ebb.Kernels.Backends;

namespace Ebb.Evaluation;

/// <summary>Which data an evaluation is about, and how it is asked. Immutable.</summary>
public record EvaluationOptions
{
    public required DatasetKind Dataset { get; init; }

    /// <summary>A file, or a folder with the data set's usual file names.</summary>
    public required string DataPath { get; init; }

    /// <summary>Item vectors (.npy or .npy.gz); null: the one .npy beside the data, if there is one.</summary>
    public string? VectorsPath { get; init; }

    /// <summary>Item ids, a line a vector; null: items_ids.txt beside the vectors.</summary>
    public string? IdsPath { get; init; }

    public SplitRule Split { get; init; } = SplitRule.Protocol;

    /// <summary>History is the last this many events before a query; 0: all of them.</summary>
    public int HistoryEventMax { get; init; } = 300;

    /// <summary>Leave out the items of the (capped) history; null: as the data set's protocol says.</summary>
    public bool? ExcludeHistory { get; init; }

    /// <summary>
    /// How often the sources learn from the queries that are past, as a server's do; null: they stay as the training
    /// part left them.
    /// </summary>
    public TimeSpan? LearnStep { get; init; }

    /// <summary>A model bundle: its encoder may be weighed, and its item vectors are those of the items.</summary>
    public string? ModelFolder { get; init; }

    /// <summary>A bundle that takes the model's place half-way, under load; null: none.</summary>
    public string? SwapModelFolder { get; init; }

    /// <summary>Opens a bundle; each engine has its own.</summary>
    public Func<string, SequenceEncoder>? OpenModel { get; init; }

    /// <summary>Null: the CPU backend.</summary>
    public IKernelBackend? Backend { get; init; }

    // The protocol leaves out what was seen on MovieLens alone: films are not watched twice.
    public bool ExcludesHistory => ExcludeHistory ?? Dataset == DatasetKind.MovieLens;

    /// <summary>The vectors named, else the model's, else those beside the data, if there are any.</summary>
    internal string? FindVectors() => VectorsPath
        ?? (ModelFolder is null ? DatasetFiles.FindVectors(DataPath) : ModelFiles.Vectors(ModelFolder));

    internal string FindIds(string vectors) => IdsPath
        ?? (ModelFolder is null ? DatasetFiles.IdsBeside(vectors) : ModelFiles.Ids(ModelFolder));

    /// <summary>Null: no model.</summary>
    internal Func<SequenceEncoder>? EncoderOf(string? folder) =>
        folder is null || OpenModel is null ? null : () => OpenModel(folder);
}
