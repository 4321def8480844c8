using System.Collections.Concurrent;
using Ebb.Engine.Interest;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Ranking;

/// <summary>
/// A segment's favourites: its decayed demand, which the partitions fold, over the population's as a prior:
/// P_s(i) = (n_s(i) + κ·π(i))/(n_s + κ). A segment of which little is known shows the population's favourites, one
/// that acts a lot its own. Any thread may ask.
/// </summary>
internal sealed class SegmentFavourites(IReadOnlyList<PartitionState> partitions, double halfLifeMs)
{
    /// <summary>κ: the population's favourites count as much as that weight of a segment's events.</summary>
    public const double PriorMass = 50;

    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);

    // Of segments that somebody has named: no more than the partitions count.
    private readonly ConcurrentDictionary<string, Made> _made = new();

    /// <summary>The segment's favourites, relative to its best; null where nothing is known of it.</summary>
    /// <param name="name">As the request names it; empty for none.</param>
    /// <param name="population">The population's favourites, as lists show them.</param>
    /// <param name="clock">For how old a list may be.</param>
    public FavouriteList? Find(string name, FavouriteList population, TimeProvider clock)
    {
        if (name.Length == 0)
        {
            return null;
        }

        if (!_made.TryGetValue(name, out Made? made))
        {
            return Make(name, population, clock) is { } first ? Keep(name, first, population, clock) : null;
        }

        // One that is old is served on while another is made on the pool; only the first is waited for.
        bool isOld = !ReferenceEquals(made.Population, population) || clock.GetElapsedTime(made.At) > AgeMax;
        if (isOld && !Interlocked.Exchange(ref made.IsMaking, true))
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    // Forgotten meanwhile: whoever asks next makes it anew.
                    if (Make(name, population, clock) is { } next && _made.TryGetValue(name, out Made? held)
                        && ReferenceEquals(held, made))
                    {
                        _made.TryUpdate(name, new Made(next, population, clock.GetTimestamp()), made);
                    }
                },
                null);
        }

        return made.List;
    }

    /// <summary>Somebody was forgotten: whoever asks next waits for sums without him.</summary>
    public void Expire() => _made.Clear();

    private FavouriteList Keep(string name, FavouriteList list, FavouriteList population, TimeProvider clock)
    {
        _made[name] = new Made(list, population, clock.GetTimestamp());
        return list;
    }

    private FavouriteList? Make(string name, FavouriteList population, TimeProvider clock)
    {
        var demand = new Dictionary<uint, PopulationDemand>();
        bool isKnown = false;
        foreach (PartitionState partition in partitions)
        {
            lock (partition.Population.Gate)
            {
                isKnown |= partition.Segments.SumInto(name, demand);
            }
        }

        if (!isKnown)
        {
            return null;
        }

        // As of now: what is too old for a double to hold is nothing beside the prior.
        double now = clock.GetUtcNow().ToUnixTimeMilliseconds() / halfLifeMs;
        double sum = population.Items.Sum(item => (double)item.Score);
        var scores = demand.ToDictionary(
            pair => (int)pair.Key, pair => Math.Pow(2, Math.Min(pair.Value.BirthLog2 - now, 500)));
        foreach (ScoredItem item in population.Items)
        {
            double prior = sum > 0 ? PriorMass * item.Score / sum : 0;
            scores[item.Index] = scores.GetValueOrDefault(item.Index) + prior;
        }

        double highest = scores.Values.DefaultIfEmpty(1).Max();
        ScoredItem[] made =
            [.. scores.Select(pair => new ScoredItem(pair.Key, (float)(pair.Value / Math.Max(highest, 1e-300))))];
        Array.Sort(made, RankOrder.Compare);
        return FavouriteList.Of(made);
    }

    private sealed class Made(FavouriteList list, FavouriteList population, long at)
    {
        public bool IsMaking;

        public FavouriteList List => list;

        public FavouriteList Population => population;

        public long At => at;
    }
}
