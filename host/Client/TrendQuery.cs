using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>What is asked about trends.</summary>
public readonly record struct TrendQuery()
{
    /// <summary>Items, and categories, at most, up to 1,000.</summary>
    public int CountMax { get; init; } = 20;

    public EbbTrendOrder Order { get; init; }

    /// <summary>That item and its category alone; null: all.</summary>
    public EbbId? Item { get; init; }

    /// <summary>The moment; null: the server's clock.</summary>
    public long? NowMs { get; init; }
}
