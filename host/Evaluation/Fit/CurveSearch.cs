using System.Globalization;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Curves;
using Ebb.Evaluation.Compare;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// Other curves than one exponential, of scales around its half-life, each over half-lives that suit it. The simple one
/// stays unless another is above it by two standard errors of their difference.
/// </summary>
internal static class CurveSearch
{
    private const double Tolerance = 0.05;
    private const double ErrorsMin = 2;

    public static async Task<List<CurveTrial>> RunAsync(
        EngineReplay replay, ServedModel exponential, CancellationToken cancellation)
    {
        var trials = new List<CurveTrial>();
        if (exponential.HalfLife == MemorySchema.Never)
        {
            return trials;
        }

        int[] users = [.. replay.Queries.Select(query => query.UserStart)];
        double[] plain = await replay.RecallsAsync(exponential, cancellation).ConfigureAwait(false);
        foreach ((string name, ForgettingCurve curve) in Candidates(exponential.HalfLife))
        {
            if (HalfLifeAdvisor.Find(curve, Tolerance) is not { } bank)
            {
                continue;
            }

            var trial = new CurveTrial(name, curve, bank, default, default);
            double[] recalls = await replay.RecallsAsync(Model(exponential, trial), cancellation)
                .ConfigureAwait(false);
            trials.Add(trial with
            {
                Recall20 = RankingMeasures.Estimate(recalls),
                OverExponential = PairedDifference.Of(recalls, plain, users),
            });
        }

        return trials;
    }

    public static ServedModel Choose(ServedModel exponential, IReadOnlyList<CurveTrial> trials)
    {
        CurveTrial? best = trials
            .Where(trial => trial.OverExponential.Mean > ErrorsMin * trial.OverExponential.StandardError)
            .MaxBy(trial => trial.Recall20.Mean);
        return best is null ? exponential : Model(exponential, best);
    }

    private static ServedModel Model(ServedModel exponential, CurveTrial trial) => exponential with
    {
        HalfLives = trial.HalfLives,
        Lists = ServedModel.ExactLists with { Curve = trial.Curve, CurveTolerance = Tolerance },
    };

    private static IEnumerable<(string Name, ForgettingCurve Curve)> Candidates(TimeSpan halfLife)
    {
        foreach (double factor in new[] { 0.25, 1, 4 })
        {
            TimeSpan tau = DurationText.Round(halfLife * factor);
            yield return ($"power τ {DurationText.Format(tau)} α 1", new PowerCurve(tau, 1));
        }

        yield return ($"power τ {DurationText.Format(halfLife)} α 2", new PowerCurve(halfLife, 2));
        foreach (double factor in new[] { 1.0, 3 })
        {
            TimeSpan sigma = DurationText.Round(halfLife * factor);
            yield return (
                string.Create(CultureInfo.InvariantCulture, $"Gaussian σ {DurationText.Format(sigma)}"),
                new GaussianCurve(sigma));
        }
    }
}
