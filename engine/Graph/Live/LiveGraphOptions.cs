namespace Ebb.Engine.Graph.Live;

/// <summary>How vectors flow over the graph of a serving catalogue. Immutable.</summary>
public sealed record LiveGraphOptions
{
    public const string Together = "together";

    /// <summary>Relations of a shop, and content that items belong to.</summary>
    public static readonly IReadOnlyDictionary<string, double> ShopWeights = new Dictionary<string, double>
    {
        ["brand"] = 1,
        ["merchant"] = 0.5,
        ["category"] = 0.5,
        ["tag"] = 0.5,
        ["content"] = 1,
        ["title"] = 1,
        [Together] = 1,
    };

    public GraphOptions Flow { get; init; } = new()
    {
        KeepOwn = true,
        KeepLength = true,
        Weights = ShopWeights,
    };

    /// <summary>
    /// Category, brand, merchant and tags of items are edges by themselves, of relations of these names. Then every
    /// item is a node, some (L + 1)·(4·D + 40) bytes each.
    /// </summary>
    public bool Attributes { get; init; }

    /// <summary>
    /// The relation of what is learned to be done together; how many of an item's links, and from what strength.
    /// </summary>
    public string LearnedRelation { get; init; } = Together;

    public int LearnCount { get; init; } = 8;

    public double LearnFrom { get; init; } = 0.05;

    /// <summary>How often edges are learned; zero: only when asked.</summary>
    public TimeSpan LearnEvery { get; init; }

    /// <summary>Edges past it are OutOfMemory: some 250 bytes each with its ends.</summary>
    public int EdgeCountMax { get; init; } = 1 << 20;

    /// <summary>What cannot be; null for nothing.</summary>
    public string? Problem()
    {
        if (LearnCount is < 1 or > 32)
        {
            return $"{LearnCount} learned links of an item are not between 1 and 32";
        }

        return LearnEvery < TimeSpan.Zero || !(LearnFrom >= 0)
            ? "what and how often the graph learns cannot be below 0"
            : Flow.Problem();
    }
}
