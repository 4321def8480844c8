namespace Ebb.Client;

/// <summary>What list to answer. The server keeps lists per user, surface and filter.</summary>
public sealed record EbbQuery
{
    public static readonly EbbQuery Default = new();

    /// <summary>K, 1 to 1000.</summary>
    public int Count { get; init; } = 20;

    /// <summary>Where the list is shown; the caller's own numbering.</summary>
    public ushort Surface { get; init; }

    public EbbFilter Filter { get; init; } = EbbFilter.None;

    /// <summary>Leave out the items among the user's last events.</summary>
    public bool ExcludeSeen { get; init; }

    /// <summary>Ask for the per-event terms of each score.</summary>
    public bool Explain { get; init; }

    /// <summary>Ask for what each source (vector, transitions, repeats, …) adds to each score.</summary>
    public bool Sources { get; init; }

    /// <summary>Ask for a probability of interest beside each score; NaN where the policy has no calibration.</summary>
    public bool Probabilities { get; init; }

    /// <summary>
    /// Brands, categories, content … of the server's graph to bring beside the items, at most 16 kinds of 1 to 1000.
    /// </summary>
    public IReadOnlyList<EbbKindQuery> Kinds { get; init; } = [];

    /// <summary>The moment to answer for, ms since the epoch; null: the server's clock.</summary>
    public long? NowMs { get; init; }
}
