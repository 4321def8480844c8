using Ebb.Evaluation.Datasets;

namespace Ebb.Evaluation.Replay;

/// <summary>
/// The items by their count over all rows (queries too, once past) in the window [t − w, t) before the query's time.
/// The window slides over the rows in time, so queries must come in time.
/// </summary>
internal sealed class RecentPopularityRanker : IRanker
{
    private readonly (long TimeMs, int Item)[] _rows;
    private readonly int[] _counts;
    private readonly long _windowMs;
    private readonly PopularityRanker _popularity;

    // (−count, item) of every item with a count: in order, the list.
    private readonly SortedSet<(int NegativeCount, int Item)> _order = [];
    private int _entered;
    private int _left;

    public RecentPopularityRanker(EvaluationSplit split, TimeSpan window)
    {
        EvaluationCatalogue catalogue = split.Catalogue;
        _rows =
        [
            .. split.Rows.Select(row => (row.TimeMs, Item: catalogue.IndexOf(row.Item)))
                .Where(row => row.Item >= 0).OrderBy(row => row.TimeMs),
        ];
        _counts = new int[catalogue.Count];
        _windowMs = (long)window.TotalMilliseconds;
        _popularity = new PopularityRanker(catalogue.Count);
    }

    /// <summary>The window of the protocol for a data set; 7 days where it names none.</summary>
    public static TimeSpan WindowOf(DatasetKind kind) => kind switch
    {
        DatasetKind.MovieLens => TimeSpan.FromDays(30),
        DatasetKind.Yoochoose => TimeSpan.FromDays(1),
        _ => TimeSpan.FromDays(7),
    };

    public bool LearnsAfterTraining => true;

    public int Rank(ReplayQuery query, IReadOnlySet<int> excluded, Span<int> top)
    {
        for (; _entered < _rows.Length && _rows[_entered].TimeMs < query.TimeMs; _entered++)
        {
            Add(_rows[_entered].Item, 1);
        }

        for (; _left < _entered && _rows[_left].TimeMs < query.TimeMs - _windowMs; _left++)
        {
            Add(_rows[_left].Item, -1);
        }

        int place = 0;
        foreach ((_, int item) in _order)
        {
            if (place == top.Length)
            {
                return place;
            }

            if (!excluded.Contains(item))
            {
                top[place++] = item;
            }
        }

        return _popularity.Fill(excluded, top, place);
    }

    private void Add(int item, int change)
    {
        ref int count = ref _counts[item];
        _order.Remove((-count, item));
        count += change;
        if (count > 0)
        {
            _order.Add((-count, item));
        }
    }
}
