using Ebb.Evaluation.Replay;
using Ebb.Evaluation.Studies;
using ServedCalibration = Ebb.Engine.Ranking.Calibration;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// Score → probability of interest for a fitted policy: Platt's sigmoid or a rising line, whichever has the lower Brier
/// score on users whom neither saw, then fitted on all. None where it says no more than always the mean.
/// </summary>
internal static class CalibrationSearch
{
    public static async Task<CalibrationTrial?> RunAsync(
        EngineReplay replay, ServedModel served, CancellationToken cancellation)
    {
        QueryOutcome[] outcomes = await replay.RunAsync(served, null, cancellation).ConfigureAwait(false);
        bool[] chooses = UserHalves.Of([.. replay.Queries.Select(query => query.UserStart)]);
        (double[] fitScores, bool[] fitHits) = CalibrationStudy.Places(replay, outcomes, index => chooses[index]);
        (double[] scores, bool[] hits) = CalibrationStudy.Places(replay, outcomes, index => !chooses[index]);
        if (!IsBoth(fitHits) || !IsBoth(hits))
        {
            return null;
        }

        double prior = fitHits.Average(hit => hit ? 1.0 : 0);
        double always = CalibrationStudy.Brier([.. scores.Select(_ => prior)], hits);
        (string Name, Func<double[], bool[], ServedCalibration> Fit)[] forms = [("Platt", Platt), ("isotonic", Rising)];
        (string Name, Func<double[], bool[], ServedCalibration> Fit, double Brier) best = forms
            .Select(form => (form.Name, form.Fit, Brier: BrierOf(form.Fit(fitScores, fitHits), scores, hits)))
            .MinBy(form => form.Brier);
        if (!(best.Brier < always))
        {
            return null;
        }

        ServedCalibration all = best.Fit([.. fitScores, .. scores], [.. fitHits, .. hits]);
        return IsServed(all) ? new CalibrationTrial(best.Name, all, best.Brier, always) : null;
    }

    /// <summary>P = 1/(1 + exp(a·s + b)).</summary>
    public static ServedCalibration Platt(double[] scores, bool[] hits) =>
        new() { Platt = Calibration.Platt(scores, hits) };

    /// <summary>
    /// A point a step of the isotonic regression, at the mean of the step's scores: the policy draws lines between
    /// points, which at a step's beginning would promise the next step's probability too early.
    /// </summary>
    public static ServedCalibration Rising(double[] scores, bool[] hits)
    {
        IReadOnlyList<(double From, double Probability)> steps = Calibration.Isotonic(scores, hits);
        double[] sums = new double[steps.Count];
        int[] counts = new int[steps.Count];
        double[] ordered = [.. scores.Order()];
        int at = 0;
        foreach (double score in ordered)
        {
            while (at + 1 < steps.Count && score >= steps[at + 1].From)
            {
                at++;
            }

            sums[at] += score;
            counts[at]++;
        }

        return new ServedCalibration
        {
            Points = [.. steps.Select((step, index) => (sums[index] / counts[index], step.Probability))],
        };
    }

    private static bool IsServed(ServedCalibration calibration) =>
        calibration.Platt is not { A: >= 0 } && calibration.Points.Count <= ServedCalibration.PointCountMax;

    private static bool IsBoth(bool[] hits) => hits.Contains(true) && hits.Contains(false);

    // One that cannot be served (a slope that falls) is worse than any that can.
    private static double BrierOf(ServedCalibration calibration, double[] scores, bool[] hits) =>
        IsServed(calibration)
            ? CalibrationStudy.Brier([.. scores.Select(calibration.ProbabilityOf)], hits)
            : double.PositiveInfinity;
}
