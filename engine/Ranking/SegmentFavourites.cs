using System.Collections.Concurrent;
using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Store;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Ranking;

/// <summary>
/// Decayed demand per segment, as the events of ACTs that name one bring it, over the population's as a prior:
/// P_s(i) = (n_s(i) + κ·π(i))/(n_s + κ). A segment of which little is known shows the population's favourites, one
/// that acts a lot its own. Served state, of this process; any thread may learn and ask.
/// </summary>
internal sealed class SegmentFavourites(double halfLifeMs)
{
    /// <summary>κ: the population's favourites count as much as that weight of a segment's events.</summary>
    public const double PriorMass = 50;

    /// <summary>Segments, and items of one, beyond that are not counted.</summary>
    public const int SegmentCountMax = 256;
    public const int ItemCountMax = 8192;

    private const double RescaleLog2 = 500;
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Segment> _segments = new();

    /// <summary>Counts the events of an ACT that were folded; they are the newest of the record.</summary>
    public void Learn(EngineRequest request, UserRecord record, CatalogueLease catalogue)
    {
        string name = request.Filter.Segment;
        if (name.Length == 0 || request.EventCount == 0)
        {
            return;
        }

        if (!_segments.TryGetValue(name, out Segment? segment))
        {
            if (_segments.Count >= SegmentCountMax)
            {
                return;
            }

            segment = _segments.GetOrAdd(name, static _ => new Segment());
        }

        for (int index = 0; index < Math.Min(request.EventCount, record.RecentCount); index++)
        {
            RecentEvent recent = record.GetRecent(index);
            if (recent.Weight > 0 && IsOf(request, recent, catalogue.Id((int)recent.ItemIndex)))
            {
                segment.Add((int)recent.ItemIndex, recent.Weight, recent.TimeMs / halfLifeMs);
            }
        }
    }

    // Not every event that was taken is remembered: impressions and what a cap left nothing of are not.
    private static bool IsOf(EngineRequest request, in RecentEvent recent, ReadOnlySpan<byte> item)
    {
        foreach (ref readonly RequestEvent one in request.Events)
        {
            if (one.Status == EntryStatus.Ok && one.Type == recent.Type && request.Bytes(one.Item).SequenceEqual(item))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The segment's favourites, relative to its best; null where nothing is known of it.</summary>
    /// <param name="name">As the request names it; empty for none.</param>
    /// <param name="population">The population's favourites, as lists show them.</param>
    /// <param name="clock">For how old a list may be.</param>
    public FavouriteList? Find(string name, FavouriteList population, TimeProvider clock) =>
        name.Length > 0 && _segments.TryGetValue(name, out Segment? segment)
            ? segment.Favourites(population, clock, halfLifeMs)
            : null;

    /// <summary>Demands as of one moment, held as a power of two of the half-life; under its own lock.</summary>
    private sealed class Segment
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<int, double> _demand = [];
        private double _asOf = double.NaN;
        private double _total;
        private FavouriteList? _favourites;
        private FavouriteList? _madeFrom;
        private long _madeAt;
        private bool _isMaking;

        public void Add(int row, double weight, double halfLives)
        {
            lock (_gate)
            {
                _asOf = double.IsNaN(_asOf) ? halfLives : _asOf;
                if (halfLives - _asOf > RescaleLog2)
                {
                    Rescale(halfLives);
                }

                if (_demand.ContainsKey(row) || _demand.Count < ItemCountMax)
                {
                    double scaled = weight * Math.Pow(2, halfLives - _asOf);
                    _demand[row] = _demand.GetValueOrDefault(row) + scaled;
                    _total += scaled;
                }
            }
        }

        /// <summary>One that is old is served on while another is made on the pool; only the first is waited
        /// for.</summary>
        public FavouriteList? Favourites(FavouriteList population, TimeProvider clock, double halfLifeMs)
        {
            lock (_gate)
            {
                bool isOld = !ReferenceEquals(_madeFrom, population) || clock.GetElapsedTime(_madeAt) > AgeMax;
                if (_favourites is null && _total > 0)
                {
                    Keep(Make(_demand, _asOf, population, NowOf(clock, halfLifeMs)), population, clock);
                }
                else if (isOld && _total > 0 && !_isMaking)
                {
                    _isMaking = true;
                    var demand = new Dictionary<int, double>(_demand);
                    double asOf = _asOf;
                    ThreadPool.UnsafeQueueUserWorkItem(
                        _ => Keep(Make(demand, asOf, population, NowOf(clock, halfLifeMs)), population, clock), null);
                }

                return _favourites;
            }
        }

        private static double NowOf(TimeProvider clock, double halfLifeMs) =>
            clock.GetUtcNow().ToUnixTimeMilliseconds() / halfLifeMs;

        private void Keep(FavouriteList made, FavouriteList population, TimeProvider clock)
        {
            lock (_gate)
            {
                _favourites = made;
                _madeFrom = population;
                _madeAt = clock.GetTimestamp();
                _isMaking = false;
            }
        }

        private static FavouriteList Make(
            Dictionary<int, double> demand, double asOf, FavouriteList population, double nowHalfLives)
        {
            // κ is a weight of now, demands are as of asOf.
            double prior = PriorMass * Math.Pow(2, Math.Clamp(nowHalfLives - asOf, -RescaleLog2, RescaleLog2));
            double sum = population.Items.Sum(item => (double)item.Score);
            var scores = new Dictionary<int, double>(demand);
            foreach (ScoredItem item in population.Items)
            {
                scores[item.Index] = scores.GetValueOrDefault(item.Index) + (sum > 0 ? prior * item.Score / sum : 0);
            }

            double highest = scores.Values.DefaultIfEmpty(1).Max();
            ScoredItem[] made =
                [.. scores.Select(pair => new ScoredItem(pair.Key, (float)(pair.Value / highest)))];
            Array.Sort(made, RankOrder.Compare);
            return FavouriteList.Of(made);
        }

        private void Rescale(double halfLives)
        {
            double factor = Math.Pow(2, _asOf - halfLives);
            foreach (int row in _demand.Keys.ToArray())
            {
                _demand[row] *= factor;
                if (_demand[row] < 1e-9)
                {
                    _demand.Remove(row);
                }
            }

            _total *= factor;
            _asOf = halfLives;
        }
    }
}
