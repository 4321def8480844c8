using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Experiments;

/// <summary>
/// One visit of a user with a past: of the list under each value of a number, how many items were then done.
/// </summary>
internal readonly record struct ReplayedVisit(int User, int Day, int[] Hits);

/// <summary>The days of a log, counted from its first act, and the day of what is planted. Immutable.</summary>
internal sealed class ReplayedDays
{
    public const int ListLength = 20;

    private const long DayMs = 86_400_000;

    private readonly ReplayData _data;
    private readonly long _firstMs;

    /// <param name="data">What happened.</param>
    /// <param name="momentShare">Of the acts, before the moment.</param>
    public ReplayedDays(ReplayData data, double momentShare)
    {
        _data = data;
        long[] moments = [.. data.Split.Rows.Select(row => row.TimeMs).Order()];
        _firstMs = moments[0];
        ChangeDay = DayOf(moments[(int)(momentShare * (moments.Length - 1))]);
    }

    public int ChangeDay { get; }

    public int DayOf(long timeMs) => (int)((timeMs - _firstMs) / DayMs);

    /// <param name="visit">Of one user's rows; from any thread, one user each.</param>
    /// <param name="cancel">Between users.</param>
    /// <returns>By day, those of a day by user.</returns>
    public ReplayedVisit[] Visits(Func<BehaviourRow[], IEnumerable<ReplayedVisit>> visit, CancellationToken cancel)
    {
        BehaviourRow[][] users = [.. _data.Split.Rows.GroupBy(row => row.User).Select(rows => rows.ToArray())];
        var visits = new ReplayedVisit[users.Length][];
        Parallel.For(
            0, users.Length, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = 2 },
            user => visits[user] = [.. visit(users[user])]);
        return [.. visits.SelectMany(own => own).OrderBy(one => one.Day)];
    }
}
