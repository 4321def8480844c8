using System.Globalization;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Experiments;

/// <summary>
/// How often experiments without a difference raise an alarm when looked at every day, and how soon those with one are
/// called: simulated shoppers, and the users of a data set. Seed 42.
/// </summary>
internal static class ExperimentStudy
{
    private const int Seed = 42;
    private const int ExperimentCount = 200;
    private const double MinimumEffect = 0.005;

    public static StudyReport Run(StudyOptions options, Action<ReplayProgress>? progress, CancellationToken cancel)
    {
        BehaviourLog log = DatasetReader.Read(options.Data.Dataset, options.Data.DataPath);
        var real = new ReplayedShop(log);
        var rows = new List<IReadOnlyList<string>>();
        (string Name, Func<Random, DailyLooks> Run)[] cases =
        [
            ("2,000 simulated, A/A", random => SimulatedShop.Run(random, 2000, 0, MinimumEffect)),
            ("2,000 simulated, +20 %", random => SimulatedShop.Run(random, 2000, 0.2, MinimumEffect)),
            ("8,000 simulated, A/A", random => SimulatedShop.Run(random, 8000, 0, MinimumEffect)),
            ("8,000 simulated, +10 %", random => SimulatedShop.Run(random, 8000, 0.1, MinimumEffect)),
            ("8,000 simulated, +20 %", random => SimulatedShop.Run(random, 8000, 0.2, MinimumEffect)),
            ("replayed, A/A", random => real.Run(random, 0, MinimumEffect)),
            ("replayed, control -10 %", random => real.Run(random, 0.1, MinimumEffect)),
            ("replayed, control -20 %", random => real.Run(random, 0.2, MinimumEffect)),
        ];
        foreach ((string name, Func<Random, DailyLooks> run) in cases)
        {
            var looks = new DailyLooks[ExperimentCount];
            for (int experiment = 0; experiment < looks.Length; experiment++)
            {
                cancel.ThrowIfCancellationRequested();
                looks[experiment] = run(new Random(Seed + experiment));
            }

            rows.Add(Row(name, looks));
            progress?.Invoke(new ReplayProgress("experiments", (double)rows.Count / cases.Length));
        }

        return new StudyReport(
            "Experiments looked at every day: called different, of 200",
            ["users", "sequential", "days to it, median", "|z| >= 1.96 on any day", "on the last day",
                "sequential, impressions as independent"],
            rows,
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"alpha 0.05, minimum effect {MinimumEffect}, click rate per impression, two halves;")
                + $" simulated: users joining over {SimulatedShop.DayCount} days;"
                + string.Create(
                    CultureInfo.InvariantCulture,
                    $" replayed: {real.UserCount} users over {real.DayCount} days, seed {Seed}."),
            ]);
    }

    private static string[] Row(string name, DailyLooks[] looks)
    {
        int[] days = [.. looks.Where(look => look.Sequential > 0).Select(look => look.Sequential).Order()];
        string Count(Func<DailyLooks, bool> called)
        {
            int count = looks.Count(called);
            return string.Create(CultureInfo.InvariantCulture, $"{count} ({(double)count / looks.Length:P1})");
        }

        return
        [
            name, Count(look => look.Sequential > 0),
            days.Length == 0 ? "" : days[days.Length / 2].ToString(CultureInfo.InvariantCulture),
            Count(look => look.Repeated > 0), Count(look => look.LastLook), Count(look => look.Naive > 0),
        ];
    }
}
