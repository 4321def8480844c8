using System.Runtime.InteropServices;

namespace Ebb.Evaluation.Replay;

/// <summary>
/// From the last item of the history, the items by how often they were the next row of the same user in the training
/// part; then the popular ones.
/// </summary>
internal sealed class TransitionRanker : IRanker
{
    private readonly EvaluationSplit _split;
    private readonly Dictionary<int, int[]> _nextItems;
    private readonly PopularityRanker _popularity;

    public TransitionRanker(EvaluationSplit split)
    {
        _split = split;
        _popularity = new PopularityRanker(split.Catalogue.Count);
        var counts = new Dictionary<int, Dictionary<int, int>>();
        for (int row = 1; row < split.Rows.Length; row++)
        {
            Count(counts, row);
        }

        _nextItems = counts.ToDictionary(
            entry => entry.Key,
            entry => entry.Value.OrderByDescending(next => next.Value).ThenBy(next => next.Key)
                .Select(next => next.Key).ToArray());
    }

    public int Rank(ReplayQuery query, IReadOnlySet<int> excluded, Span<int> top)
    {
        int last = _split.Catalogue.IndexOf(_split.Rows[query.HistoryEnd - 1].Item);
        int place = 0;
        foreach (int item in _nextItems.GetValueOrDefault(last, []))
        {
            if (place < top.Length && !excluded.Contains(item))
            {
                top[place++] = item;
            }
        }

        return _popularity.Fill(excluded, top, place);
    }

    private void Count(Dictionary<int, Dictionary<int, int>> counts, int row)
    {
        int from = _split.Catalogue.IndexOf(_split.Rows[row - 1].Item);
        int to = _split.Catalogue.IndexOf(_split.Rows[row].Item);
        bool inTraining = _split.Training[row - 1] && _split.Training[row];
        if (!inTraining || _split.Rows[row - 1].User != _split.Rows[row].User || from < 0 || to < 0)
        {
            return;
        }

        ref Dictionary<int, int>? next = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, from, out _);
        next ??= [];
        CollectionsMarshal.GetValueRefOrAddDefault(next, to, out _)++;
    }
}
