using Ebb.Kernels.Backends;

namespace Ebb.Evaluation.Scoring;

/// <summary>What to score with. Immutable.</summary>
public sealed record ScoreOptions
{
    /// <summary>Item vectors, .npy or .npy.gz.</summary>
    public required string VectorsPath { get; init; }

    /// <summary>A line an item, in the order of the vectors; ties go to the earlier line.</summary>
    public required string IdsPath { get; init; }

    /// <summary><see cref="Engine.Interest.MemorySchema.Never"/> for no decay.</summary>
    public required TimeSpan HalfLife { get; init; }

    /// <summary>K, 1 to 1000.</summary>
    public int Count { get; init; } = 20;

    /// <summary>Null: the CPU backend.</summary>
    public IKernelBackend? Backend { get; init; }
}
