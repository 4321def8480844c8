using System.Diagnostics;
using System.Globalization;

namespace Ebb.Evaluation.Replay;

/// <summary>
/// Another model in the middle of a replay, under load, beside an engine that had the other one from the start: what
/// users see who are asked from the swap on. Sources stay as the training part left them.
/// </summary>
internal static class SwapReplay
{
    public static async Task<(IReadOnlyList<MethodResult> Rows, string Note)> RunAsync(
        ReplayOptions options, ServedModel model, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        string other = options.SwapModelFolder!;
        ReplayOptions frozen = options with { LearnStep = null, SwapModelFolder = null };
        var before = ReplayData.Load(frozen, null);
        var after = ReplayData.Load(
            frozen with { ModelFolder = other, VectorsPath = null, IdsPath = null }, null);
        (MethodResult swappedRow, double[] swapped) = await AskAsync(
            before.Replay(other), model, "model swapped half-way, ", progress, cancellation).ConfigureAwait(false);
        (MethodResult wholeRow, double[] whole) = await AskAsync(
            after.Replay(), model, "the other model from the start, ", progress, cancellation).ConfigureAwait(false);
        return ([swappedRow, wholeRow], Note(before.Split.Queries, swapped, whole));
    }

    /// <summary>
    /// The later half of the users, in the order in which they are asked, then the last quarter: who are asked while
    /// the model goes over are among the former alone.
    /// </summary>
    private static string Note(ReplayQuery[] queries, double[] swapped, double[] whole)
    {
        int[] users = [.. queries.Select(query => query.UserStart).Distinct()];
        return $"{Part(users.Length / 2, "from the swap on")}; {Part(users.Length * 3 / 4, "in the last quarter")}."
            + " Every question was answered.";

        string Part(int firstUser, string when)
        {
            HashSet<int> late = [.. users.Skip(firstUser)];
            int[] asked =
                [.. Enumerable.Range(0, queries.Length).Where(index => late.Contains(queries[index].UserStart))];
            double[] changes = [.. asked.Select(index => swapped[index] - whole[index])];
            double mean = changes.Average();
            double error = Math.Sqrt(changes.Average(change => (change - mean) * (change - mean)) / changes.Length);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{asked.Length:N0} questions {when}: Recall@20 {asked.Average(index => swapped[index]):0.0000},"
                + $" {asked.Average(index => whole[index]):0.0000} with the other model from the start (difference"
                + $" {mean:+0.0000;-0.0000;0} ± {error:0.0000})");
        }
    }

    private static async Task<(MethodResult Row, double[] Recalls)> AskAsync(
        EngineReplay replay, ServedModel model, string how, Action<ReplayProgress>? progress,
        CancellationToken cancellation)
    {
        string name = how + model.Describe();
        long started = Stopwatch.GetTimestamp();
        QueryOutcome[] outcomes = await replay.RunAsync(
            model, done => progress?.Invoke(new ReplayProgress(name, done)), cancellation).ConfigureAwait(false);
        MethodResult row = RankingMeasures.Summarise(
            "ebb, " + name, false, [.. outcomes.Select(outcome => outcome.Measures)],
            Stopwatch.GetElapsedTime(started));
        return (row, [.. outcomes.Select(outcome => outcome.Measures.Recall20)]);
    }
}
