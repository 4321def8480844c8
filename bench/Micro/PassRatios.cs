using System.Diagnostics;

namespace Ebb.Bench.Micro;

/// <summary>
/// Update, blend and drift and their baselines in turn (A B C D, A B C D, ...), medians and ratios as a table: what
/// neighbours on the machine do hits all of them alike. <c>dotnet run -c Release --project bench/Micro -- ratios</c>
/// </summary>
internal static class PassRatios
{
    private const int RoundCount = 41;
    private const double SliceMs = 1.0;

    public static void Run()
    {
        Console.WriteLine("ns a user, median and least of {0} interleaved rounds", RoundCount);
        Console.WriteLine(
            "| D | M | rates | banks in | of the rounds | copy | update | blend | drift | all three |"
            + " all three in double | copy ÷ update | copy ÷ all three | double ÷ all three |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (int dimension in (int[])[64, 384])
        {
            foreach (int halfLives in (int[])[1, 4])
            {
                Print(dimension, halfLives, hasRates: false, "L1", 12 << 10);
                Print(dimension, halfLives, hasRates: false, "L2", 160 << 10);
                Print(dimension, halfLives, hasRates: false, "L3", 4 << 20);
            }

            Print(dimension, 4, hasRates: true, "L2", 160 << 10);
        }
    }

    private static void Print(int dimension, int halfLives, bool hasRates, string cache, int bytes)
    {
        PassData data = new(dimension, halfLives, bytes, hasRates);
        Func<double>[] works =
        [
            () => data.CopyBanks(), data.Update, data.BlendOnly, data.DriftOnly, data.Pass, data.PassReference,
        ];
        double[][] times = Rounds(works, data.UserCount);
        string what = $"| {dimension} | {halfLives} | {(hasRates ? "yes" : "no")} | {cache} |";
        PrintRow(what, "median", times, RoundCount / 2);
        PrintRow(what, "least", times, 0);
    }

    private static void PrintRow(string what, string which, double[][] times, int rank)
    {
        double[] ns = [.. times.Select(time => time.Order().ElementAt(rank))];
        Console.WriteLine(
            $"{what} {which} | "
            + string.Join(" | ", ns.Select(time => $"{time:F1}"))
            + $" | {ns[0] / ns[1]:F2} | {ns[0] / ns[4]:F2} | {ns[5] / ns[4]:F1} |");
    }

    private static double[][] Rounds(Func<double>[] works, int userCount)
    {
        int[] repeats = [.. works.Select(work => (int)Math.Max(1, SliceMs / Time(work, Warm(work))))];
        double[][] times = [.. works.Select(_ => new double[RoundCount])];
        for (int round = 0; round < RoundCount; round++)
        {
            for (int at = 0; at < works.Length; at++)
            {
                times[at][round] = Time(works[at], repeats[at]) * 1e6 / userCount;
            }
        }

        return times;
    }

    /// <summary>Long enough for the JIT's last tier; returns a number of repeats to time once.</summary>
    private static int Warm(Func<double> work)
    {
        long until = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 4);
        while (Stopwatch.GetTimestamp() < until)
        {
            work();
        }

        return 3;
    }

    /// <summary>Milliseconds a call.</summary>
    private static double Time(Func<double> work, int repeats)
    {
        long start = Stopwatch.GetTimestamp();
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            work();
        }

        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / repeats;
    }
}
