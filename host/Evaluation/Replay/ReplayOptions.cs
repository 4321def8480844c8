using Ebb.Engine.Interest;
using Ebb.Engine.Sources;
using Ebb.Evaluation.Datasets;
using Ebb.Kernels.Backends;

namespace Ebb.Evaluation.Replay;

/// <summary>What to evaluate. Immutable.</summary>
public sealed record ReplayOptions
{
    public required DatasetKind Dataset { get; init; }

    /// <summary>A file, or a folder with the data set's usual file names.</summary>
    public required string DataPath { get; init; }

    /// <summary>Item vectors (.npy or .npy.gz); null: the one .npy beside the data, or baselines alone.</summary>
    public string? VectorsPath { get; init; }

    /// <summary>Item ids, a line a vector; null: items_ids.txt beside the vectors.</summary>
    public string? IdsPath { get; init; }

    public SplitRule Split { get; init; } = SplitRule.Protocol;

    /// <summary>A row of the report each; <see cref="MemorySchema.Never"/> for no decay.</summary>
    public IReadOnlyList<TimeSpan> HalfLives { get; init; } = [MemorySchema.Never];

    /// <summary>The blend behind each of those rows.</summary>
    public SourcePolicy Sources { get; init; } = SourcePolicy.VectorAlone;

    /// <summary>History is the last this many events before a query; 0: all of them.</summary>
    public int HistoryEventMax { get; init; } = 300;

    /// <summary>Leave out the items of the (capped) history; null: as the data set's protocol says.</summary>
    public bool? ExcludeHistory { get; init; }

    /// <summary>The window of recent popularity; null: the protocol's (30 d, 7 d, 1 d; else 7 d).</summary>
    public TimeSpan? RecentWindow { get; init; }

    /// <summary>Null: the CPU backend.</summary>
    public IKernelBackend? Backend { get; init; }
}
