using System.Globalization;
using Ebb.Engine.Interest;
using Ebb.Engine.Sources;
using Ebb.Evaluation.Replay;
using Ebb.Evaluation.Studies;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// Do some dimensions want to forget at another rate? Blocks of neighbouring dimensions of the given vectors (of a
/// singular value decomposition: from broad to fine, or the other way) try other rates in turn on every other user's
/// questions; what was kept is judged on the other users'. The vector alone.
/// </summary>
internal static class RateSearch
{
    private const int BlockCount = 4;

    /// <summary>What a change must bring on the questions it is chosen on.</summary>
    private const double GainMin = 0.0005;

    /// <summary>What a study tries: each a replay a block.</summary>
    public static IReadOnlyList<double> Fine { get; } = [0.25, 0.5, 2, 4];

    /// <summary>What a fit tries: the ends, on all of its questions.</summary>
    public static IReadOnlyList<double> Coarse { get; } = [0.25, 4];

    /// <param name="asked">The questions, and the model whose memory gets the rates.</param>
    /// <param name="tries">Rates that each block tries.</param>
    /// <param name="progress">0 to 1.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<RateTrial> RunAsync(
        (EngineReplay Replay, ServedModel Model) asked, IReadOnlyList<double> tries, Action<double>? progress,
        CancellationToken cancellation)
    {
        (EngineReplay replay, ServedModel model) = asked;
        int[] users = [.. replay.Queries.Select(query => query.UserStart)];
        bool[] chosenOn = UserHalves.Of(users);
        double[] rates = [.. Enumerable.Repeat(1.0, replay.Dimension)];
        double[] even = await RecallsAsync(rates).ConfigureAwait(false);
        double[] best = even;
        for (int block = 0; block < BlockCount; block++)
        {
            int start = block * replay.Dimension / BlockCount;
            int end = (block + 1) * replay.Dimension / BlockCount;
            foreach (double rate in tries)
            {
                double[] tried = [.. rates];
                tried.AsSpan(start, end - start).Fill(rate);
                double[] recalls = await RecallsAsync(tried).ConfigureAwait(false);
                if (UserHalves.Mean(recalls, chosenOn, true) > UserHalves.Mean(best, chosenOn, true) + GainMin)
                {
                    (rates, best) = (tried, recalls);
                }
            }

            progress?.Invoke((block + 1.0) / BlockCount);
        }

        return new RateTrial(rates, UserHalves.Difference(best, even, users, chosenOn))
        {
            Plain = even,
            Learned = best,
            ChosenOn = chosenOn,
            Blocks = string.Join(", ", Enumerable.Range(0, BlockCount).Select(
                block => rates[block * replay.Dimension / BlockCount].ToString(CultureInfo.InvariantCulture))),
        };

        Task<double[]> RecallsAsync(double[] tried) => replay.RecallsAsync(
            With(model, tried) with { Sources = SourcePolicy.VectorAlone }, cancellation);
    }

    /// <summary>The model with these rates in its memory.</summary>
    public static ServedModel With(ServedModel model, IReadOnlyList<double> rates) =>
        model with { Memory = (model.Memory ?? new MemorySchema()) with { DimensionRates = rates } };
}
