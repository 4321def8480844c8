using Ebb.Engine.Interest;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;
using Ebb.Kernels.Backends;

namespace Ebb.Evaluation.Fit;

/// <summary>What to fit on. The test part that the split names is never looked at. Immutable.</summary>
public sealed record FitOptions
{
    public required DatasetKind Dataset { get; init; }

    public required string DataPath { get; init; }

    public string? VectorsPath { get; init; }

    public string? IdsPath { get; init; }

    public SplitRule Split { get; init; } = SplitRule.Protocol;

    /// <summary>The sweep.</summary>
    public IReadOnlyList<TimeSpan> HalfLives { get; init; } =
    [
        TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(30), TimeSpan.FromHours(6), TimeSpan.FromDays(1), TimeSpan.FromDays(7),
        TimeSpan.FromDays(30), TimeSpan.FromDays(90), MemorySchema.Never,
    ];

    public int HistoryEventMax { get; init; } = 300;

    public bool? ExcludeHistory { get; init; }

    /// <summary>Share of the training part's rows, the latest, that are asked about.</summary>
    public double ValidationShare { get; init; } = 0.12;

    /// <summary>Questions used, evenly spread over those there are.</summary>
    public int QueryCountMax { get; init; } = 2500;

    public IKernelBackend? Backend { get; init; }
}
