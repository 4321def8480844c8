using System.Globalization;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Experiments;

/// <summary>
/// What a tuner saves and costs when the best half-life changes at a known day; simulated, seeds from 42.
/// </summary>
internal static class TunerStudy
{
    private const int Seed = 42;
    private const int RunCount = 10;

    public static StudyReport Run(Action<ReplayProgress>? progress, CancellationToken cancel)
    {
        var rows = new List<IReadOnlyList<string>>();
        double[] shares = [0.1, 0.2, 0.4];
        foreach (double share in shares)
        {
            var shops = new TunedShop[RunCount];
            for (int run = 0; run < RunCount; run++)
            {
                shops[run] = new TunedShop(new Random(Seed + run), share);
                shops[run].Run(cancel);
                progress?.Invoke(new ReplayProgress("tuner", (double)(run + 1) / RunCount));
            }

            rows.Add(Row(share, shops));
        }

        return new StudyReport(
            "A tuner of the half-life, the best one going from 30 d to 4 d: expected clicks lost per 1,000 impressions",
            ["two arms of", "before: tuned", "untuned", "after: tuned", "untuned", "last 30 days: tuned",
                "half-life within a factor of 2, days after", "steps", "taken back"],
            rows,
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{TunedShop.UserCount} users, {TunedShop.DayCount} days, change on day {TunedShop.ChangeDay},")
                + string.Create(
                    CultureInfo.InvariantCulture,
                    $" rails 0.5 d to 120 d, step 2; means of {RunCount} runs ± standard error, seeds from {Seed}."),
            ]);
    }

    private static string[] Row(double share, TunedShop[] shops)
    {
        static string Mean(IEnumerable<double> values)
        {
            double[] all = [.. values];
            double mean = all.Average();
            double error = Math.Sqrt(all.Sum(one => (one - mean) * (one - mean)) / (all.Length - 1) / all.Length);
            return string.Create(CultureInfo.InvariantCulture, $"{mean:0.00} ± {error:0.00}");
        }

        return
        [
            share.ToString("P0", CultureInfo.InvariantCulture),
            Mean(shops.Select(shop => shop.LostTuned[..TunedShop.ChangeDay].Average())),
            Mean(shops.Select(shop => shop.LostUntuned[..TunedShop.ChangeDay].Average())),
            Mean(shops.Select(shop => shop.LostTuned[TunedShop.ChangeDay..].Average())),
            Mean(shops.Select(shop => shop.LostUntuned[TunedShop.ChangeDay..].Average())),
            Mean(shops.Select(shop => shop.LostTuned[^30..].Average())),
            Mean(shops.Select(DaysTo)),
            Mean(shops.Select(shop => (double)shop.Adopted)), Mean(shops.Select(shop => (double)shop.TakenBack)),
        ];
    }

    // The end where it never was.
    private static double DaysTo(TunedShop shop)
    {
        int day = TunedShop.ChangeDay;
        while (day < TunedShop.DayCount && Math.Abs(Math.Log2(shop.HalfLives[day] / TunedShop.BestAfter)) > 1.001)
        {
            day++;
        }

        return day - TunedShop.ChangeDay;
    }
}
