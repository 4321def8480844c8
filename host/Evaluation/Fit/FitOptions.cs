using System.Diagnostics.CodeAnalysis;
using Ebb.Engine.Interest;

namespace Ebb.Evaluation.Fit;

/// <summary>What to fit on. The test part that the split names is never looked at. Immutable.</summary>
public sealed record FitOptions : EvaluationOptions
{
    public FitOptions()
    {
    }

    [SetsRequiredMembers]
    public FitOptions(EvaluationOptions common)
        : base(common)
    {
    }

    public static IReadOnlyList<TimeSpan> DefaultHalfLives { get; } =
    [
        TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(30), TimeSpan.FromHours(6), TimeSpan.FromDays(1), TimeSpan.FromDays(7),
        TimeSpan.FromDays(30), TimeSpan.FromDays(90), MemorySchema.Never,
    ];

    /// <summary>The sweep.</summary>
    public IReadOnlyList<TimeSpan> HalfLives { get; init; } = DefaultHalfLives;

    /// <summary>What else shapes the memory: its half-lives are not used.</summary>
    public MemorySchema Memory { get; init; } = new();

    /// <summary>Share of the training part's rows, the latest, that are asked about.</summary>
    public double ValidationShare { get; init; } = 0.2;

    /// <summary>Questions used, evenly spread over those there are.</summary>
    public int QueryCountMax { get; init; } = 2500;
}
