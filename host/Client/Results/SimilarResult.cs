namespace Ebb.Client;

/// <summary>A list from a basket, best first, without the basket's own items.</summary>
public sealed record SimilarResult(RecommendResult List)
{
    /// <summary>False: the server learns no neighbours, and complementary lists are empty.</summary>
    public bool Learned { get; init; }

    /// <summary>Items of the basket that the server does not have.</summary>
    public int UnknownCount { get; init; }
}
