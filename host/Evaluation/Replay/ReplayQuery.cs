namespace Ebb.Evaluation.Replay;

/// <summary>
/// One question to every method, as ranges of <see cref="EvaluationSplit.Rows"/>: the history is
/// [HistoryStart, HistoryEnd) (capped already), the user's first row is UserStart. Truth holds the distinct catalogue
/// indices of what was then done, -1 for an item that is not ranked at all.
/// </summary>
internal sealed record ReplayQuery(int UserStart, int HistoryStart, int HistoryEnd, long TimeMs, int[] Truth)
{
    /// <summary>Truth with -1 also for each item never seen in training: a miss for what learns there.</summary>
    public required int[] SeenTruth { get; init; }

    /// <summary>True when the cap left events out, so that sums over the whole history would be wrong.</summary>
    public bool Capped => HistoryStart > UserStart;
}
