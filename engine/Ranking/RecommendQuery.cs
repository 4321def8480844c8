using Ebb.Engine.Catalogue;

namespace Ebb.Engine.Ranking;

/// <summary>What to recommend. Lists are kept per user, surface and filter.</summary>
public sealed record RecommendQuery
{
    public const int CountMax = 1000;

    /// <summary>K, 1 to 1000.</summary>
    public int Count { get; init; } = 20;

    /// <summary>Where the list is shown ("home", "cart"): 0 to 65535, the caller's own numbering.</summary>
    public ushort Surface { get; init; }

    public ItemFilter Filter { get; init; } = ItemFilter.None;

    /// <summary>Leave out the items among the user's last events.</summary>
    public bool ExcludeSeen { get; init; }

    /// <summary>Ask for per-event terms of each score.</summary>
    public bool Explain { get; init; }

    /// <summary>Ask for what each source adds to each score, without the events.</summary>
    public bool ExplainSources { get; init; }

    /// <summary>Brands, categories, content … to bring beside the items; at most 16 kinds.</summary>
    public IReadOnlyList<KindQuery> Kinds { get; init; } = [];

    /// <summary>The moment to answer for, ms since the epoch; null: the engine's clock.</summary>
    public long? NowMs { get; init; }
}
