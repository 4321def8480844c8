using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// A split of the training part alone, of the same form as the test's: the last acts of each user where the test is
/// that, else the latest sessions or acts.
/// </summary>
internal static class ValidationSplit
{
    public static EvaluationSplit Build(
        BehaviourLog log, EvaluationSplit test, FitOptions options, ItemVectors? vectors)
    {
        BehaviourRow[] rows = [.. test.Rows.Where((_, index) => test.Training[index])];
        long[] times = [.. rows.Select(row => row.TimeMs).Order()];
        long fromMs = times.Length == 0 ? 0 : times[(int)(times.Length * (1 - options.ValidationShare))];
        SplitRule rule = RuleOf(log.Kind, options.Split, fromMs);
        bool bySession = rule.Kind == SplitKind.Protocol && log.Kind == DatasetKind.Yoochoose;
        var part = new BehaviourLog(
            log.Kind, bySession ? MarkLateSessions(rows, fromMs) : rows, [.. log.Users], [.. log.Items],
            [.. log.ItemTitles]);
        return EvaluationSplit.Build(part, rule, options.HistoryEventMax, vectors);
    }

    private static SplitRule RuleOf(DatasetKind kind, SplitRule test, long fromMs) => test.Kind switch
    {
        SplitKind.FromTime => SplitRule.FromTime(fromMs),
        SplitKind.Protocol when kind == DatasetKind.OnlineRetail => SplitRule.FromTime(fromMs),
        _ => test,
    };

    /// <summary>A session belongs to the validation whole or not at all, as the test's do.</summary>
    private static BehaviourRow[] MarkLateSessions(BehaviourRow[] rows, long fromMs)
    {
        var startOf = rows.GroupBy(row => row.User).ToDictionary(user => user.Key, user => user.Min(row => row.TimeMs));
        return [.. rows.Select(row => row with { TestPart = startOf[row.User] >= fromMs })];
    }
}
