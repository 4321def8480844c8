using System.Diagnostics.CodeAnalysis;
using Ebb.Engine.Interest;
using Ebb.Engine.Sources;

namespace Ebb.Evaluation.Replay;

/// <summary>What to evaluate. Immutable.</summary>
public sealed record ReplayOptions : EvaluationOptions
{
    public ReplayOptions()
    {
    }

    [SetsRequiredMembers]
    public ReplayOptions(EvaluationOptions common)
        : base(common)
    {
    }

    /// <summary>A row of the report each; <see cref="MemorySchema.Never"/> for no decay.</summary>
    public IReadOnlyList<TimeSpan> HalfLives { get; init; } = [MemorySchema.Never];

    /// <summary>The blend behind each of those rows.</summary>
    public SourcePolicy Sources { get; init; } = SourcePolicy.VectorAlone;

    /// <summary>What else shapes the memory: its half-lives are not used.</summary>
    public MemorySchema Memory { get; init; } = new();

    /// <summary>The window of recent popularity; null: the protocol's (30 d, 7 d, 1 d; else 7 d).</summary>
    public TimeSpan? RecentWindow { get; init; }
}
