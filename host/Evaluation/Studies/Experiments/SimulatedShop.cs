using Ebb.Engine.Experiments;

namespace Ebb.Evaluation.Studies.Experiments;

/// <summary>
/// Users who differ as shoppers do: most come seldom and a few daily (a power of a uniform), each clicks at a rate of
/// his own (a Beta-like spread around 5 %), whole sessions go well or badly, weekdays differ, and users join over time.
/// </summary>
internal static class SimulatedShop
{
    public const int DayCount = 28;
    public const int ListLength = 10;

    private const double MeanClickRate = 0.05;

    /// <param name="random">The experiment's own.</param>
    /// <param name="userCount">Both arms together.</param>
    /// <param name="uplift">Relative, of the second arm's click rate.</param>
    /// <param name="minimumEffect">τ.</param>
    public static DailyLooks Run(Random random, int userCount, double uplift, double minimumEffect)
    {
        var looks = new DailyLooks(minimumEffect);
        var users = new Shopper[userCount];
        for (int user = 0; user < users.Length; user++)
        {
            double spread = -Math.Log(1 - random.NextDouble());
            users[user] = new Shopper(
                random.Next(2), random.Next(DayCount), 0.9 * Math.Pow(random.NextDouble(), 3),
                Math.Min(0.6, MeanClickRate * spread));
        }

        long[] shown = new long[users.Length];
        long[] clicked = new long[users.Length];
        var sums = new ArmSums[2];
        for (int day = 0; day < DayCount; day++)
        {
            double weekday = day % 7 < 5 ? 1 : 0.6;
            for (int user = 0; user < users.Length; user++)
            {
                Shopper one = users[user];
                if (day < one.JoinsOn || random.NextDouble() >= one.Visits * weekday)
                {
                    continue;
                }

                ArmSums before = shown[user] == 0 ? default : ArmSums.Of(shown[user], clicked[user], 0);
                double mood = 2 * random.NextDouble();
                double rate = Math.Min(1, one.Clicks * mood * (one.Arm == 1 ? 1 + uplift : 1));
                shown[user] += ListLength;
                for (int item = 0; item < ListLength; item++)
                {
                    clicked[user] += random.NextDouble() < rate ? 1 : 0;
                }

                sums[one.Arm] += ArmSums.Of(shown[user], clicked[user], 0) - before;
            }

            looks.Look(sums[0], sums[1]);
        }

        return looks;
    }

    private readonly record struct Shopper(int Arm, int JoinsOn, double Visits, double Clicks);
}
