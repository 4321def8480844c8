using Ebb.Evaluation.Npy;

namespace Ebb.Evaluation.Scoring;

/// <summary>
/// Users in, lists out, both JSON lines: <c>{"user":…,"events":[["item",seconds],…],"now":seconds}</c> to
/// <c>{"user":…,"top":[["item",score],…],"log2_decay":x}</c>, in input order. Scores are as of the user's last event,
/// log2_decay leads from there to now (0 where "now" is left out or earlier). A user without an event of a known item
/// has an empty list.
/// </summary>
public static class ScoreRunner
{
    // Lines on their way at once: enough for the engine to answer several with one scan.
    private const int LinesAtOnce = 64;

    /// <summary>
    /// A line that cannot be read is told to <paramref name="errors"/> with its number, and the rest go on. Events of
    /// items that have no vector are skipped; their count is told at the end.
    /// </summary>
    /// <exception cref="DataFileException">The vectors or the ids cannot be read.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Count is not 1 to 1000.</exception>
    public static async Task<ScoreSummary> RunAsync(
        ScoreOptions options, TextReader input, TextWriter output, TextWriter errors,
        CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Count, Engine.Ranking.RecommendQuery.CountMax);
        ItemVectors vectors = ItemVectors.Load(options.VectorsPath, options.IdsPath);
        Dictionary<string, int> itemIndexOf = vectors.Ids
            .Select((id, index) => (id, index)).ToDictionary(pair => pair.id, pair => pair.index);
        var scorer = new LineScorer(vectors, options);
        await using var owned = scorer.ConfigureAwait(false);

        var pending = new Queue<Task<string>>();
        long scored = 0;
        long failed = 0;
        long skipped = 0;
        for (long number = 1; await input.ReadLineAsync(cancellation).ConfigureAwait(false) is { } text; number++)
        {
            if (string.IsNullOrWhiteSpace(text))
            {
                continue;
            }

            ScoreLine? line = ScoreLine.Parse(text, itemIndexOf, out string problem);
            if (line is null)
            {
                failed++;
                await errors.WriteLineAsync($"line {number}: {problem}; the line is left out.").ConfigureAwait(false);
                continue;
            }

            if (scored % LineScorer.UsersPerEngine == 0)
            {
                await WriteAsync(pending, output, 0).ConfigureAwait(false);
                await scorer.RenewAsync().ConfigureAwait(false);
            }

            scored++;
            skipped += line.SkippedCount;
            pending.Enqueue(scorer.ScoreAsync(number, line));
            await WriteAsync(pending, output, LinesAtOnce).ConfigureAwait(false);
        }

        await WriteAsync(pending, output, 0).ConfigureAwait(false);
        await output.FlushAsync(cancellation).ConfigureAwait(false);
        if (skipped > 0)
        {
            await errors.WriteLineAsync($"{skipped} events name items that have no vector; they are skipped.")
                .ConfigureAwait(false);
        }

        return new ScoreSummary(scored, failed, skipped);
    }

    /// <summary>Writes the oldest answers until no more than so many are on their way.</summary>
    private static async Task WriteAsync(Queue<Task<string>> pending, TextWriter output, int leave)
    {
        while (pending.Count > leave)
        {
            await output.WriteLineAsync(await pending.Dequeue().ConfigureAwait(false)).ConfigureAwait(false);
        }
    }
}
