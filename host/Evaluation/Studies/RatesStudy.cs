using System.Globalization;
using Ebb.Engine.Interest;
using Ebb.Engine.Sources;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies;

/// <summary>
/// Do some dimensions want to forget at another rate? Blocks of neighbouring dimensions (of a singular value
/// decomposition: from broad to fine) try other rates in turn on every other user's questions; what was kept is judged
/// on the other users'. The vector alone.
/// </summary>
internal static class RatesStudy
{
    private const int BlockCount = 4;

    /// <summary>What a change must bring on the questions it is chosen on.</summary>
    private const double GainMin = 0.0005;

    private static readonly double[] Rates = [0.25, 0.5, 2, 4];

    public static async Task<StudyReport> RunAsync(
        EngineReplay replay, ServedModel model, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        int[] users = [.. replay.Queries.Select(query => query.UserStart)];
        bool[] chosenOn = UserHalves.Of(users);
        double[] rates = [.. Enumerable.Repeat(1.0, replay.Dimension)];
        double[] even = await RecallsAsync(rates).ConfigureAwait(false);
        double[] best = even;
        for (int block = 0; block < BlockCount; block++)
        {
            foreach (double rate in Rates)
            {
                progress?.Invoke(new ReplayProgress("rates", (double)block / BlockCount));
                double[] tried = [.. rates];
                int start = block * replay.Dimension / BlockCount;
                int end = (block + 1) * replay.Dimension / BlockCount;
                tried.AsSpan(start, end - start).Fill(rate);
                double[] recalls = await RecallsAsync(tried).ConfigureAwait(false);
                if (UserHalves.Mean(recalls, chosenOn, true) > UserHalves.Mean(best, chosenOn, true) + GainMin)
                {
                    (rates, best) = (tried, recalls);
                }
            }
        }

        MetricEstimate gain = UserHalves.Difference(best, even, users, chosenOn);
        string blocks = string.Join(", ", Enumerable.Range(0, BlockCount).Select(
            block => rates[block * replay.Dimension / BlockCount].ToString(CultureInfo.InvariantCulture)));
        return UserHalves.Report(
            "Rates per dimension", "rates of the four blocks of dimensions: " + blocks, (best, even, chosenOn), gain,
            model.Describe());

        Task<double[]> RecallsAsync(double[] tried) => replay.RecallsAsync(
            model with
            {
                Sources = SourcePolicy.VectorAlone,
                Memory = (model.Memory ?? new MemorySchema()) with { DimensionRates = tried },
            },
            cancellation);
    }
}
