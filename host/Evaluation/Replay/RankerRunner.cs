using System.Diagnostics;

namespace Ebb.Evaluation.Replay;

/// <summary>Asks a ranker every query of a split, in time, and sums up.</summary>
internal sealed class RankerRunner(EvaluationSplit split, bool excludeHistory)
{
    private readonly int[] _byTime =
        [.. Enumerable.Range(0, split.Queries.Length).OrderBy(index => split.Queries[index].TimeMs)];

    public MethodResult Run(string name, bool baseline, IRanker ranker, CancellationToken cancellation = default)
    {
        long started = Stopwatch.GetTimestamp();
        var measures = new QueryMeasures[split.Queries.Length];
        int[] top = new int[RankingMeasures.ListLength];
        foreach (int index in _byTime)
        {
            cancellation.ThrowIfCancellationRequested();
            ReplayQuery query = split.Queries[index];
            int count = ranker.Rank(query, ExcludedOf(query), top);
            measures[index] = RankingMeasures.Of(
                top.AsSpan(0, count), ranker.LearnsAfterTraining ? query.Truth : query.SeenTruth);
        }

        return RankingMeasures.Summarise(name, baseline, measures, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Catalogue indices of the history where it is to be left out.</summary>
    public HashSet<int> ExcludedOf(ReplayQuery query)
    {
        var excluded = new HashSet<int>();
        for (int row = query.HistoryStart; row < query.HistoryEnd && excludeHistory; row++)
        {
            excluded.Add(split.Catalogue.IndexOf(split.Rows[row].Item));
        }

        excluded.Remove(-1);
        return excluded;
    }
}
