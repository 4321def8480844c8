using Ebb.Engine.Interest;
using Ebb.Engine.Portrait;

namespace Ebb.Evaluation.Portrait;

/// <summary>What a change tree is trained on, and how. Immutable.</summary>
public sealed record PortraitOptions(EvaluationOptions Data)
{
    public FeatureRule Rule { get; init; } = new();

    public ChangeLabel Label { get; init; } = new();

    public CartOptions Cart { get; init; } = new();

    /// <summary>Event weights.</summary>
    public MemorySchema Memory { get; init; } = new();

    /// <summary>A category an item; null: the data set's own, or clusters of its vectors.</summary>
    public IReadOnlyDictionary<string, string>? Categories { get; init; }

    /// <summary>Events before a moment that it needs.</summary>
    public int HistoryMin { get; init; } = 5;

    /// <summary>The share of moments, the earlier ones, that are trained on.</summary>
    public double TrainShare { get; init; } = 0.7;
}
