using Ebb.Engine.Interest;

namespace Ebb.Evaluation.Segments;

/// <summary>How segments of users are found in a log. Immutable.</summary>
public sealed record SegmentOptions(EvaluationOptions Data)
{
    /// <summary>Segments wanted.</summary>
    public int Count { get; init; } = 8;

    public int Seed { get; init; } = 42;

    /// <summary>Of the masses that users are compared by.</summary>
    public TimeSpan HalfLife { get; init; } = TimeSpan.FromDays(90);

    /// <summary>A category an item; null: the data set's own, or clusters of its vectors.</summary>
    public IReadOnlyDictionary<string, string>? Categories { get; init; }

    /// <summary>Event weights.</summary>
    public MemorySchema Memory { get; init; } = new();
}
