using Ebb.Evaluation.Datasets;

namespace Ebb.Evaluation.Replay;

/// <summary>Which acts are asked about, by a split rule.</summary>
internal static class ActSelector
{
    private const int MovieLensQueriesPerUser = 5;

    /// <summary>Online Retail's queries are the invoices from this moment on.</summary>
    private static readonly long OnlineRetailFromMs =
        new DateTimeOffset(2011, 10, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    /// <summary>Per act: asked about (whether or not it has a history).</summary>
    public static bool[] Select(BehaviourLog log, BehaviourRow[] rows, IReadOnlyList<Act> acts, SplitRule rule) =>
        rule.Kind switch
        {
            SplitKind.LastActs => SelectLast(acts, rule.Count),
            SplitKind.FromTime => SelectFrom(rows, acts, rule.FromMs),
            _ => SelectByProtocol(log.Kind, rows, acts),
        };

    private static bool[] SelectByProtocol(DatasetKind kind, BehaviourRow[] rows, IReadOnlyList<Act> acts) =>
        kind switch
        {
            DatasetKind.OnlineRetail => SelectFrom(rows, acts, OnlineRetailFromMs),
            DatasetKind.MovieLens => SelectLast(acts, MovieLensQueriesPerUser),
            DatasetKind.Yoochoose => [.. acts.Select(act => rows[act.Start].TestPart)],
            _ => SelectLast(acts, 1),
        };

    private static bool[] SelectFrom(BehaviourRow[] rows, IReadOnlyList<Act> acts, long fromMs) =>
        [.. acts.Select(act => rows[act.Start].TimeMs >= fromMs)];

    private static bool[] SelectLast(IReadOnlyList<Act> acts, int count)
    {
        bool[] asked = new bool[acts.Count];
        int taken = 0;
        for (int index = acts.Count - 1; index >= 0; index--)
        {
            bool lastOfUser = index == acts.Count - 1 || acts[index + 1].UserStart != acts[index].UserStart;
            taken = lastOfUser ? 1 : taken + 1;
            asked[index] = taken <= count;
        }

        return asked;
    }
}
