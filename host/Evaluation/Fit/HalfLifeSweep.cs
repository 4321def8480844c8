using Ebb.Engine.Interest;
using Ebb.Engine.Sources;
using Ebb.Evaluation.Compare;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// Recall@20 of the vector alone at each of some half-lives, question by question: what a fit chooses from, and what a
/// choice is judged by. Immutable.
/// </summary>
internal sealed class HalfLifeSweep
{
    private readonly int[] _users;
    private readonly double[][] _recalls;

    private HalfLifeSweep(IReadOnlyList<TimeSpan> halfLives, int[] users, double[][] recalls)
    {
        HalfLives = halfLives;
        _users = users;
        _recalls = recalls;
    }

    public IReadOnlyList<TimeSpan> HalfLives { get; }

    public int QuestionCount => _users.Length;

    public static async Task<HalfLifeSweep> RunAsync(
        EngineReplay replay, IReadOnlyList<TimeSpan> halfLives, MemorySchema memory, Action<ReplayProgress>? progress,
        CancellationToken cancellation)
    {
        double[][] recalls = new double[halfLives.Count][];
        for (int at = 0; at < recalls.Length; at++)
        {
            progress?.Invoke(new ReplayProgress(
                "half-life " + DurationText.Format(halfLives[at]), (double)at / recalls.Length));
            recalls[at] = await replay.RecallsAsync(Model(halfLives[at], memory), cancellation).ConfigureAwait(false);
        }

        BehaviourRow[] rows = replay.Split.Rows;
        return new HalfLifeSweep(
            [.. halfLives], [.. replay.Queries.Select(query => rows[query.UserStart].User)], recalls);
    }

    /// <summary>The questions of all of them, of the same half-lives; a user is the same one in each.</summary>
    public static HalfLifeSweep Pool(IReadOnlyList<HalfLifeSweep> sweeps) => new(
        sweeps[0].HalfLives, [.. sweeps.SelectMany(sweep => sweep._users)],
        [
            .. Enumerable.Range(0, sweeps[0].HalfLives.Count)
                .Select(at => sweeps.SelectMany(sweep => sweep._recalls[at]).ToArray()),
        ]);

    /// <summary>What is asked at one half-life.</summary>
    public static ServedModel Model(TimeSpan halfLife, MemorySchema memory) =>
        new(halfLife, SourcePolicy.VectorAlone) { Memory = memory };

    public IReadOnlyList<SweepPoint> Points()
    {
        int never = HalfLives.ToList().IndexOf(MemorySchema.Never);
        return
        [
            .. HalfLives.Select((halfLife, at) => new SweepPoint(halfLife, RankingMeasures.Estimate(_recalls[at]))
            {
                OverNever = never < 0 ? null : PairedDifference.Of(_recalls[at], _recalls[never], _users),
            }),
        ];
    }

    /// <summary>The same of the questions that a fit would have asked.</summary>
    public HalfLifeSweep Sampled(int countMax)
    {
        int[] asked = [.. EngineReplay.Spread(_users.Length, countMax)];
        return new HalfLifeSweep(
            HalfLives, [.. asked.Select(index => _users[index])],
            [.. _recalls.Select(recalls => asked.Select(index => recalls[index]).ToArray())]);
    }

    /// <summary>With one half-life more; the same where it has that already.</summary>
    public async Task<HalfLifeSweep> WithAsync(
        TimeSpan halfLife, EngineReplay replay, MemorySchema memory, CancellationToken cancellation) =>
        HalfLives.Contains(halfLife)
            ? this
            : new HalfLifeSweep(
                [.. HalfLives, halfLife], _users,
                [.. _recalls, await replay.RecallsAsync(Model(halfLife, memory), cancellation).ConfigureAwait(false)]);

    /// <summary>How far one half-life is from another, paired.</summary>
    public MetricEstimate Difference(TimeSpan halfLife, TimeSpan other) => PairedDifference.Of(
        _recalls[HalfLives.ToList().IndexOf(halfLife)], _recalls[HalfLives.ToList().IndexOf(other)], _users);
}
