using System.Globalization;
using Ebb.Engine.Ranking;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies;

/// <summary>
/// How well a served score says the probability that the item is wanted: fitted on the lists of every other user, shown
/// on those of the others, in ten bins of equally many places.
/// </summary>
internal static class CalibrationStudy
{
    private const int BinCount = 10;

    public static async Task<StudyReport> RunAsync(
        EngineReplay replay, ServedModel model, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        QueryOutcome[] outcomes = await replay.RunAsync(
            model, share => progress?.Invoke(new ReplayProgress("lists", share)), cancellation).ConfigureAwait(false);
        bool[] chooses = UserHalves.Of([.. replay.Queries.Select(query => query.UserStart)]);
        (double[] fitScores, bool[] fitHits) = Places(replay, outcomes, index => chooses[index]);
        (double[] scores, bool[] hits) = Places(replay, outcomes, index => !chooses[index]);
        (double a, double b) = Calibration.Platt(fitScores, fitHits);
        IReadOnlyList<(double From, double Probability)> steps = Calibration.Isotonic(fitScores, fitHits);
        double[] platt = [.. scores.Select(score => Calibration.Sigmoid((a * score) + b))];
        double[] isotonic = [.. scores.Select(score => Calibration.At(steps, score))];
        double prior = fitHits.Average(hit => hit ? 1.0 : 0);
        var rows = new List<IReadOnlyList<string>>();
        double plattError = AddBins(rows, "Platt", platt, hits);
        double isotonicError = AddBins(rows, "isotonic", isotonic, hits);
        return new StudyReport(
            "Score to probability", ["fit", "bin", "places", "said", "happened"], rows,
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Platt: P = 1/(1 + exp({a:0.####}·score {b:+ 0.####;- 0.####})); expected calibration error"
                    + $" {plattError:0.0000}, Brier {Brier(platt, hits):0.00000}"),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"isotonic, {steps.Count} steps: expected calibration error {isotonicError:0.0000}, Brier"
                    + $" {Brier(isotonic, hits):0.00000}; always {prior:0.0000}:"
                    + $" {Brier([.. scores.Select(_ => prior)], hits):0.00000}"),
                $"{fitScores.Length:N0} places of lists to fit, {scores.Length:N0} to judge. {model.Describe()}",
            ]);
    }

    public static (double[] Scores, bool[] Hits) Places(
        EngineReplay replay, QueryOutcome[] outcomes, Func<int, bool> belongs)
    {
        var scores = new List<double>();
        var hits = new List<bool>();
        for (int index = 0; index < outcomes.Length; index++)
        {
            // A list of favourites has other scores, and its reader no history.
            bool counts = belongs(index) && outcomes[index].Decision != ListDecision.Popular;
            for (int place = 0; counts && place < outcomes[index].List.Length; place++)
            {
                scores.Add(outcomes[index].Scores[place]);
                hits.Add(replay.Queries[index].SeenTruth.Contains(outcomes[index].List[place]));
            }
        }

        return ([.. scores], [.. hits]);
    }

    /// <summary>Adds a row a bin; returns the mean distance of what was said and what happened.</summary>
    private static double AddBins(List<IReadOnlyList<string>> rows, string name, double[] said, bool[] hits)
    {
        double[] keys = [.. said];
        int[] order = [.. Enumerable.Range(0, said.Length)];
        Array.Sort(keys, order);
        double error = 0;
        for (int bin = 0; bin < BinCount; bin++)
        {
            int[] places = order[(bin * order.Length / BinCount)..((bin + 1) * order.Length / BinCount)];
            double promised = places.Select(place => said[place]).DefaultIfEmpty(0).Average();
            double happened = places.Select(place => hits[place] ? 1.0 : 0).DefaultIfEmpty(0).Average();
            error += places.Length * Math.Abs(promised - happened) / said.Length;
            rows.Add(
            [
                bin == 0 ? name : "", (bin + 1).ToString(CultureInfo.InvariantCulture),
                places.Length.ToString("N0", CultureInfo.InvariantCulture),
                promised.ToString("0.0000", CultureInfo.InvariantCulture),
                happened.ToString("0.0000", CultureInfo.InvariantCulture),
            ]);
        }

        return error;
    }

    public static double Brier(double[] said, bool[] hits)
    {
        double sum = 0;
        for (int index = 0; index < said.Length; index++)
        {
            double off = said[index] - (hits[index] ? 1 : 0);
            sum += off * off / said.Length;
        }

        return sum;
    }
}
