namespace Ebb.Evaluation.Scoring;

/// <summary>
/// Users in, lists out, both JSON lines: <c>{"user":…,"events":[["item",seconds],…],"now":seconds}</c> to
/// <c>{"user":…,"top":[["item",score],…],"log2_decay":x}</c>, in input order. Scores are as of the user's last event,
/// log2_decay leads from there to now (0 where "now" is left out).
/// </summary>
public static class ScoreRunner
{
    /// <summary>
    /// A line that cannot be read is told to <paramref name="errors"/> with its number, and the rest go on. Events of
    /// items that have no vector are skipped; their count is told at the end.
    /// </summary>
    /// <exception cref="DataFileException">The vectors or the ids cannot be read.</exception>
    public static Task<ScoreSummary> RunAsync(
        ScoreOptions options, TextReader input, TextWriter output, TextWriter errors,
        CancellationToken cancellation = default) => throw new NotImplementedException();
}
