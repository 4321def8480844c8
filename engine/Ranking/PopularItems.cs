using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Merchandising;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Ranking;

/// <summary>
/// The population's decayed favourites over all partitions, a second old or, after an idle time, of the last request:
/// what a stranger is shown. Any thread may ask; the sum is taken by one of them under the partitions' own gates.
/// </summary>
internal sealed class PopularItems(
    IReadOnlyList<PopulationCounters> partitions, TimeProvider clock, SegmentFavourites segments)
{
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);

    private readonly Lock _refresh = new();
    private FavouriteList _favourites = new([], []);
    private long _takenAt;
    private bool _taken;
    private bool _refreshing;
    private int _expiries;

    /// <summary>
    /// Up to the request's K rows: demand relative to the favourite's (0 to 1), then, when there are not enough of
    /// them, further rows in catalogue order with score 0.
    /// </summary>
    public void Fill(List<ScoredItem> shown, ListJob job, CatalogueLease lease)
    {
        int wanted = job.Request.Count;
        int rowCount = lease.Items.Count;
        ItemBitmap excluded = lease.Excluded(job.Request.Filter);
        FavouriteList all = Favourites();
        FavouriteList favourites = segments.Find(job.Request.Filter.Segment, all, clock) ?? all;
        foreach (ScoredItem item in Ruled(favourites.Items, job, lease))
        {
            if (shown.Count == wanted)
            {
                return;
            }

            if (item.Index < rowCount && !excluded[item.Index] && !job.Hides(item.Index))
            {
                shown.Add(item);
            }
        }

        for (int row = 0; row < rowCount && shown.Count < wanted; row++)
        {
            if (!excluded[row] && !favourites.Rows.Contains(row) && !job.Hides(row))
            {
                shown.Add(new ScoredItem(row, 0));
            }
        }
    }

    /// <summary>The row's demand relative to the favourite's, as <see cref="Fill"/> scores it.</summary>
    public double DemandOf(int row)
    {
        FavouriteList favourites = Favourites();
        return favourites.Rows.Contains(row) ? Array.Find(favourites.Items, item => item.Index == row).Score : 0;
    }

    /// <summary>
    /// Boosts and buries multiply the demand by 2^amount: where all is positive that is what they mean.
    /// </summary>
    private static IReadOnlyList<ScoredItem> Ruled(ScoredItem[] favourites, ListJob job, CatalogueLease lease)
    {
        RuleWeights? weights = lease.Weights;
        ulong active = weights?.Active(job.Request.Filter.Segment) ?? 0;
        if (active == 0)
        {
            return favourites;
        }

        int rowCount = lease.Items.Count;

        ScoredItem[] ruled =
        [
            .. favourites.Where(item => item.Index < rowCount).Select(item => new ScoredItem(
                item.Index, (float)(item.Score * Math.Pow(2, weights!.AmountOf(item.Index, active))))),
        ];
        Array.Sort(ruled, RankOrder.Compare);
        return ruled;
    }

    /// <summary>The next who asks takes the sum anew.</summary>
    public void Expire()
    {
        lock (_refresh)
        {
            _taken = false;
            _expiries++;
            segments.Expire();
        }
    }

    /// <summary>
    /// A sum that is old is served on while another is taken on the pool: over a large catalogue taking it is many
    /// requests' time, and a stranger's request is to take no longer than any other. Only the first sum, one that was
    /// empty, and one after <see cref="Expire"/> are waited for.
    /// </summary>
    private FavouriteList Favourites()
    {
        lock (_refresh)
        {
            bool isOld = !_taken || clock.GetElapsedTime(_takenAt) > AgeMax;
            if (isOld && _taken && _favourites.Items.Length > 0)
            {
                RefreshOnThePool();
            }
            else if (isOld)
            {
                Keep(Sum());
            }

            return _favourites;
        }
    }

    private void Keep(FavouriteList favourites)
    {
        _favourites = favourites;
        _takenAt = clock.GetTimestamp();
        _taken = true;
    }

    // Under the lock.
    private void RefreshOnThePool()
    {
        if (_refreshing)
        {
            return;
        }

        _refreshing = true;
        int expiries = _expiries;
        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                FavouriteList? sum = null;
                try
                {
                    sum = Sum();
                }
                finally
                {
                    lock (_refresh)
                    {
                        // What was expired meanwhile may be in this sum.
                        if (sum is not null && expiries == _expiries)
                        {
                            Keep(sum);
                        }

                        _refreshing = false;
                    }
                }
            },
            null);
    }

    private FavouriteList Sum()
    {
        var demand = new Dictionary<uint, PopulationDemand>();
        foreach (PopulationCounters counters in partitions)
        {
            lock (counters.Gate)
            {
                counters.SumInto(demand);
            }
        }

        double highest = demand.Count == 0 ? 0 : demand.Values.Max(item => item.BirthLog2);
        ScoredItem[] favourites =
        [
            .. demand.Select(pair => new ScoredItem(
                (int)pair.Key, (float)Math.Pow(2, pair.Value.BirthLog2 - highest))),
        ];
        Array.Sort(favourites, RankOrder.Compare);
        return FavouriteList.Of(favourites);
    }
}
