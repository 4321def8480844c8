using System.Globalization;
using Ebb.Engine.Experiments.Tuning;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Experiments;

/// <summary>
/// The tuner's regret on a replay of real users after a planted change, beside no tuner: of the half-life where tastes
/// turn, and of the weight of repeats where buying again begins or ends. The coin that draws the arms is what differs
/// between the runs of a row.
/// </summary>
internal static class TunerReplayStudy
{
    private const int Seed = 42;
    private const int RunCount = 40;
    private const int LateDays = 60;
    private const double MomentShare = 0.5;

    /// <summary>Of both arms: about a thousand users come in a month.</summary>
    private const int UsersMax = 1000;

    private static readonly (double Step, double Share)[] Settings = [(2, 0.25), (2, 0.5), (4, 0.25), (4, 0.5)];

    public static StudyReport Run(
        StudyOptions options, Action<ReplayProgress>? progress, CancellationToken cancel)
    {
        ReplayData data = ReplayData.Load(options.Data, progress);
        (string Name, Func<(ReplayedVisit[] Visits, int ChangeDay)> Make, double[] Values)[] plants =
        [
            ("half-life, d: tastes turn once", () => Turning(0), TurningTastes.HalfLives),
            ("… again every 90 d", () => Turning(90), TurningTastes.HalfLives),
            ("… again every 45 d", () => Turning(45), TurningTastes.HalfLives),
            ("weight of repeats: buying again begins", () => Again(true), BuyingAgain.Weights),
            ("… ends", () => Again(false), BuyingAgain.Weights),
        ];
        var rows = new List<IReadOnlyList<string>>();
        string note = "";
        foreach ((string name, Func<(ReplayedVisit[], int)> make, double[] values) in plants)
        {
            (ReplayedVisit[] visits, int changeDay) = make();
            var replay = new TunedReplay(visits, changeDay, values);
            rows.AddRange(Settings.Select(setting => Row(name, (visits, changeDay), replay, (values, setting))));
            note = string.Create(
                CultureInfo.InvariantCulture,
                $"{visits.Length:N0} visits of users with a past, {visits.Count(visit => visit.Day >= changeDay):N0} of"
                + $" them from the change on (day {changeDay} of {visits[^1].Day}); lists of {ReplayedDays.ListLength},"
                + $" plain sums in double; means of {RunCount} draws of the arms ± their standard deviation, seeds from"
                + $" {Seed}; a trial ends without a result after {UsersMax:N0} users; the last days are {LateDays}.");
            progress?.Invoke(new ReplayProgress("tuner on a replay", (double)rows.Count / (4 * plants.Length)));
        }

        return new StudyReport(
            "A tuner on a replay with a planted change: clicks lost per 1,000 impressions against the best value of the"
            + " part in hindsight",
            ["number, change", "step", "two arms of", "best before, after", "before: tuned", "after: tuned", "untuned",
                "last days: tuned", "untuned", "at the end", "steps"],
            rows, [note]);

        (ReplayedVisit[] Visits, int ChangeDay) Turning(int turnDays)
        {
            var tastes = new TurningTastes(data, options.Data, MomentShare, turnDays, cancel);
            return (tastes.Visits, tastes.ChangeDay);
        }

        (ReplayedVisit[] Visits, int ChangeDay) Again(bool begins)
        {
            var again = new BuyingAgain(data, options.Data, MomentShare, begins, cancel);
            return (again.Visits, again.ChangeDay);
        }
    }

    private static string[] Row(
        string name, (ReplayedVisit[] Visits, int ChangeDay) plant, TunedReplay replay,
        (double[] Values, (double Step, double Share) Way) setting)
    {
        (double[] values, (double step, double share)) = setting;
        var tuner = new Tuner("served", [new TunedParameter("number", values[0], values[^1], step)])
        {
            Share = share,
            MinimumEffect = 0.01,
            UsersMin = 100,
            UsersMax = UsersMax,
            Probation = TimeSpan.FromDays(7),
        };
        int lateDay = plant.Visits[^1].Day - LateDays + 1;
        TunedRun[] runs = [.. Enumerable.Range(0, RunCount).Select(run =>
            replay.Run(new Random(Seed + run), tuner, lateDay))];
        string Of(Func<TunedRun, double> what) => Cell([.. runs.Select(what)]);
        return
        [
            name, step.ToString("× 0", CultureInfo.InvariantCulture),
            share.ToString("P0", CultureInfo.InvariantCulture),
            string.Create(CultureInfo.InvariantCulture, $"{values[replay.Start]}, {values[replay.Best]}"),
            Of(run => run.Before), Of(run => run.After), Plain(replay.LostUntuned(plant.ChangeDay)),
            Of(run => run.Late), Plain(replay.LostUntuned(lateDay)),
            string.Create(
                CultureInfo.InvariantCulture, $"{Math.Pow(2, runs.Average(run => Math.Log2(run.Value))):0.##}"),
            Of(run => run.Adopted),
        ];
    }

    private static string Plain(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    // The draws share their visits: this is what the coin does, no error of the mean.
    private static string Cell(double[] values)
    {
        double mean = values.Average();
        double deviation = Math.Sqrt(values.Sum(one => (one - mean) * (one - mean)) / (values.Length - 1));
        return string.Create(CultureInfo.InvariantCulture, $"{mean:0.00} ± {deviation:0.00}");
    }
}
