namespace Ebb.Engine.Interest.Trends;

/// <summary>What is asked about trends.</summary>
public readonly record struct TrendQuestion()
{
    /// <summary>Items, and categories, at most.</summary>
    public int CountMax { get; init; } = 20;

    public TrendOrder Order { get; init; }

    /// <summary>That item and its category alone; null: all.</summary>
    public OpaqueId? Item { get; init; }

    /// <summary>The moment; null: the engine's clock.</summary>
    public long? NowMs { get; init; }
}
