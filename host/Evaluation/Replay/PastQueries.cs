namespace Ebb.Evaluation.Replay;

/// <summary>
/// The rows that are queries, as they become the past: queries are asked in steps of time, and before each step the
/// rows before its first query are known. Used by one thread.
/// </summary>
internal sealed class PastQueries(EvaluationSplit split, TimeSpan step)
{
    private readonly int[] _rows =
    [
        .. Enumerable.Range(0, split.Rows.Length)
            .Where(row => !split.Training[row] && split.Catalogue.IndexOf(split.Rows[row].Item) >= 0)
            .OrderBy(row => split.Rows[row].TimeMs),
    ];

    private int _known;

    /// <summary>Indices of queries in time, cut where a step's length has passed since its first.</summary>
    public IEnumerable<int[]> Steps(ReplayQuery[] queries)
    {
        int[] byTime = [.. Enumerable.Range(0, queries.Length).OrderBy(index => queries[index].TimeMs)];
        for (int start = 0; start < byTime.Length;)
        {
            long endMs = queries[byTime[start]].TimeMs + Math.Max(1, (long)step.TotalMilliseconds);
            int end = start + 1;
            while (end < byTime.Length && queries[byTime[end]].TimeMs < endMs)
            {
                end++;
            }

            yield return byTime[start..end];
            start = end;
        }
    }

    /// <summary>Rows that were not told before, strictly earlier than the moment, in time.</summary>
    public IEnumerable<int> RowsBefore(long timeMs)
    {
        for (; _known < _rows.Length && split.Rows[_rows[_known]].TimeMs < timeMs; _known++)
        {
            yield return _rows[_known];
        }
    }
}
