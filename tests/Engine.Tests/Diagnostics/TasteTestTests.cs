using Ebb.Engine.Diagnostics;
using Xunit;

namespace Ebb.Engine.Tests.Diagnostics;

public sealed class TasteTestTests
{
    private const int CodeCount = 6;

    [Fact]
    public void Evidence_AgainstTheFormulaWithFactorialsOfRisingPowers_IsTheSame()
    {
        var random = new Random(42);
        for (int round = 0; round < 200; round++)
        {
            int count = random.Next(TasteTest.EventCountMin, 60);
            uint[] codes = [.. Enumerable.Range(0, count).Select(_ => (uint)random.Next(1, CodeCount + 1))];
            long[] times = [.. Enumerable.Range(0, count).Select(index => (long)(index / 3))];
            Assert.Equal(Reference(codes, times), TasteTest.Evidence(codes, times, CodeCount), 1e-9);
        }
    }

    [Fact]
    public void Evidence_OfOneTaste_HasAMeanOfOneAndIsSeldomLarge()
    {
        // Tastes are drawn from the prior itself, so the mean of exp(evidence) is 1 by construction of the test.
        var random = new Random(42);
        const int Rounds = 40_000;
        double sum = 0;
        int large = 0;
        for (int round = 0; round < Rounds; round++)
        {
            uint[] codes = new uint[24];
            int[] counts = new int[CodeCount];
            for (int index = 0; index < codes.Length; index++)
            {
                int code = Draw(random, counts, index);
                counts[code]++;
                codes[index] = (uint)code + 1;
            }

            double evidence = TasteTest.Evidence(codes, Times(codes.Length), CodeCount);
            sum += Math.Exp(evidence);
            large += evidence >= Math.Log(100) ? 1 : 0;
        }

        Assert.InRange(sum / Rounds, 0.8, 1.2);
        Assert.InRange(large, 0, Rounds / 100);
    }

    [Fact]
    public void Evidence_OfTwoTastes_IsLargeAndGrowsWithWhatIsSeen()
    {
        double last = double.NegativeInfinity;
        foreach (int after in new[] { 2, 4, 8, 16 })
        {
            uint[] codes = [.. Enumerable.Repeat(1u, 12), .. Enumerable.Repeat(2u, after)];
            double evidence = TasteTest.Evidence(codes, Times(codes.Length), CodeCount);
            Assert.True(evidence > last);
            last = evidence;
        }

        Assert.True(last > Math.Log(1e4));
        uint[] settled = [.. Enumerable.Repeat(1u, 28)];
        Assert.True(TasteTest.Evidence(settled, Times(28), CodeCount) < 0);
    }

    [Fact]
    public void Evidence_OfTooLittle_IsNone()
    {
        uint[] codes = [1, 1, 1, 1, 2, 2, 2, 2];
        Assert.False(double.IsNaN(TasteTest.Evidence(codes, Times(8), CodeCount)));
        Assert.True(double.IsNaN(TasteTest.Evidence(codes[1..], Times(7), CodeCount)));
        Assert.True(double.IsNaN(TasteTest.Evidence(codes, new long[8], CodeCount)));
        Assert.True(double.IsNaN(TasteTest.Evidence([], [], CodeCount)));
        Assert.True(double.IsFinite(TasteTest.Evidence([1, 2, 3, 4, 5, 6, 7, 8], Times(8), codeCount: 0)));
    }

    private static long[] Times(int count) => [.. Enumerable.Range(0, count).Select(index => (long)index)];

    private static int Draw(Random random, int[] counts, int seen)
    {
        double left = random.NextDouble() * (seen + TasteTest.Concentration);
        for (int code = 0; code < CodeCount - 1; code++)
        {
            left -= counts[code] + (TasteTest.Concentration / CodeCount);
            if (left < 0)
            {
                return code;
            }
        }

        return CodeCount - 1;
    }

    private static double Reference(uint[] codes, long[] times)
    {
        double sum = 0;
        int cuts = 0;
        for (int cut = 1; cut < codes.Length; cut++)
        {
            if (times[cut] != times[cut - 1])
            {
                sum += Math.Exp(Marginal(codes[..cut]) + Marginal(codes[cut..]) - Marginal(codes));
                cuts++;
            }
        }

        return Math.Log(sum / cuts);
    }

    // ln of Π_c α(α+1)…(α+n_c−1) / κ(κ+1)…(κ+n−1).
    private static double Marginal(uint[] codes)
    {
        double rising = codes.GroupBy(code => code).Sum(group =>
            Rising(TasteTest.Concentration / CodeCount, group.Count()));
        return rising - Rising(TasteTest.Concentration, codes.Length);
    }

    private static double Rising(double from, int count) =>
        Enumerable.Range(0, count).Sum(step => Math.Log(from + step));
}
