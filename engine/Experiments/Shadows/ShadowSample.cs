using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;

namespace Ebb.Engine.Experiments.Shadows;

/// <summary>A list that was served, and what it was asked for. Immutable; owned by the queue.</summary>
internal sealed record ShadowSample(int Shadow, byte[] User, int[] Shown)
{
    public required ServedListKey Key { get; init; }

    public required int Count { get; init; }

    public required ItemFilter Filter { get; init; }

    public required bool ExcludeSeen { get; init; }

    /// <summary>The moment that was answered for, ms.</summary>
    public required long NowMs { get; init; }

    /// <summary>Of the record that the list was made of.</summary>
    public required ulong UserSequence { get; init; }

    public required ListDecision Decision { get; init; }
}
