using Ebb.Engine.Experiments;
using Ebb.Engine.Experiments.Tuning;

namespace Ebb.Evaluation.Studies.Experiments;

/// <summary>
/// Simulated users whose best half-life changes at a known day, served by a tuner or without one. A click's chance
/// falls off with the logarithmic distance of the served half-life from the best one; users differ, and come back.
/// </summary>
internal sealed class TunedShop(Random random, double share)
{
    public const int UserCount = 30_000;
    public const int DayCount = 180;
    public const int ChangeDay = 60;
    public const double BestBefore = 30;
    public const double BestAfter = 4;

    private const int ListLength = 10;
    private const double DayMs = 86_400_000;
    private const double Visits = 0.15;

    private readonly Tuner _tuner = new(
        "served", [new TunedParameter("half_life", 0.5 * DayMs, 120 * DayMs, 2)])
    {
        Share = share,
        MinimumEffect = 0.005,
        UsersMin = 500,
        UsersMax = 60_000,
    };

    /// <summary>Expected clicks lost against the best half-life of each day, per 1,000 impressions, by day.</summary>
    public double[] LostTuned { get; } = new double[DayCount];

    public double[] LostUntuned { get; } = new double[DayCount];

    /// <summary>Served at the end of each day, days.</summary>
    public double[] HalfLives { get; } = new double[DayCount];

    public int Adopted { get; private set; }

    public int TakenBack { get; private set; }

    public void Run(CancellationToken cancel)
    {
        var mind = new TunerMind(_tuner, [BestBefore * DayMs], 0);
        double[] clickers = [.. Enumerable.Range(0, UserCount).Select(_ => -Math.Log(1 - random.NextDouble()))];
        double[] places = [.. Enumerable.Range(0, UserCount).Select(_ => random.NextDouble())];
        long[] shown = new long[UserCount];
        long[] clicked = new long[UserCount];
        var sums = new ArmSums[2];
        for (int day = 0; day < DayCount; day++)
        {
            cancel.ThrowIfCancellationRequested();
            double best = day < ChangeDay ? BestBefore : BestAfter;
            double served = mind.Values["half_life"] / DayMs;
            double other = mind.Current is null ? served : mind.OtherValue / DayMs;
            for (int user = 0; user < UserCount; user++)
            {
                if (random.NextDouble() >= Visits)
                {
                    continue;
                }

                int arm = places[user] < _tuner.Share ? 0 : places[user] < 2 * _tuner.Share ? 1 : -1;
                double halfLife = arm == 1 ? other : served;
                LostTuned[day] += Lost(halfLife, best) / (UserCount * Visits) * 1000;
                if (arm >= 0 && mind.Current is not null)
                {
                    double rate = Math.Min(0.5, Rate(halfLife, best) * clickers[user]);
                    ArmSums before = shown[user] == 0 ? default : ArmSums.Of(shown[user], clicked[user], 0);
                    shown[user] += ListLength;
                    for (int item = 0; item < ListLength; item++)
                    {
                        clicked[user] += random.NextDouble() < rate ? 1 : 0;
                    }

                    sums[arm] += ArmSums.Of(shown[user], clicked[user], 0) - before;
                }
            }

            LostUntuned[day] = 1000 * Lost(BestBefore, best);
            if (mind.Decide(sums[0], sums[1], (long)((day + 1) * DayMs)) is { } change)
            {
                mind.Apply(change);
                Adopted += change.What == TuneWhat.Adopt ? 1 : 0;
                TakenBack += change.What == TuneWhat.TakeBack ? 1 : 0;
                Array.Clear(shown);
                Array.Clear(clicked);
                Array.Clear(sums);
            }

            HalfLives[day] = mind.Values["half_life"] / DayMs;
        }
    }

    private static double Lost(double halfLife, double best) => Rate(best, best) - Rate(halfLife, best);

    private static double Rate(double halfLife, double best) =>
        0.02 + (0.04 * Math.Exp(-Math.Pow(Math.Log(halfLife / best) / 2, 2)));
}
