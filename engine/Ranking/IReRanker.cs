using Ebb.Engine.Store;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Ranking;

/// <summary>What a re-ranker may look at. Valid during the call.</summary>
public readonly ref struct ReRankContext
{
    /// <summary>The user's key, tenant included.</summary>
    public ReadOnlySpan<byte> User { get; init; }

    /// <summary>The interest that items were scored with, unscaled.</summary>
    public ReadOnlySpan<float> Query { get; init; }

    /// <summary>The sequence encoder's vector of the user, where the list has one; else empty.</summary>
    public ReadOnlySpan<float> Encoding { get; init; }

    /// <summary>The user's last events, newest first; indices are rows of Items.</summary>
    public ReadOnlySpan<RecentEvent> Recent { get; init; }

    /// <summary>The moment answered for, ms since the epoch.</summary>
    public long NowMs { get; init; }

    public ItemMatrix Items { get; init; }
}

/// <summary>
/// Orders the best K′ of a list anew, by what a dot product cannot see: the seam for a neural model. Called from the
/// writers of all partitions and from the scan thread, at once and while they hold the catalogue: be quick, allocate
/// nothing, throw nothing.
/// </summary>
public interface IReRanker
{
    /// <param name="context">User and items.</param>
    /// <param name="best">The best K′, best first, with the scores that the list will tell.</param>
    /// <param name="order">
    /// To be filled, a number an item: the higher the further to the front. Equal ones stay in their order; what is not
    /// a number goes last.
    /// </param>
    public void ReRank(in ReRankContext context, ReadOnlySpan<ScoredItem> best, Span<float> order);
}
