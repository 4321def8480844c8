using Ebb.Bench.Load;
using Xunit;

namespace Ebb.Host.Tests.Load;

public sealed class TrafficShapeTests
{
    [Fact]
    public void PoissonSchedule_ManyArrivals_HaveTheRateAndTheSpreadOfExponentialGaps()
    {
        const int Count = 100_000;
        var schedule = new PoissonSchedule(500, new Random(42));
        double last = 0;
        var gaps = new double[Count];
        for (int index = 0; index < Count; index++)
        {
            double next = schedule.Next();
            gaps[index] = next - last;
            last = next;
        }

        double mean = gaps.Average();
        double deviation = Math.Sqrt(gaps.Average(gap => (gap - mean) * (gap - mean)));
        Assert.InRange(mean, 0.00198, 0.00202);
        Assert.InRange(deviation / mean, 0.98, 1.02);
        Assert.All(gaps, gap => Assert.True(gap >= 0));
    }

    [Fact]
    public void VerbMix_Draws_FollowTheShares()
    {
        Assert.True(VerbMix.TryParse("act=1,recommend=2,rank=1", out VerbMix mix));

        Assert.Equal(Verb.Act, mix.Pick(0));
        Assert.Equal(Verb.Act, mix.Pick(0.2499));
        Assert.Equal(Verb.Recommend, mix.Pick(0.25));
        Assert.Equal(Verb.Recommend, mix.Pick(0.7499));
        Assert.Equal(Verb.Rank, mix.Pick(0.75));
        Assert.Equal(Verb.Rank, mix.Pick(0.9999999));
    }

    [Theory]
    [InlineData("")]
    [InlineData("act")]
    [InlineData("act=x")]
    [InlineData("act=-1")]
    [InlineData("act=0")]
    [InlineData("dance=1")]
    [InlineData("7=1")]
    public void VerbMix_NotAMix_IsRefused(string text) => Assert.False(VerbMix.TryParse(text, out _));

    [Theory]
    [InlineData]
    [InlineData("--rate", "0", "--put-items", "10")]
    [InlineData("--ids", "x", "--put-items", "10")]
    [InlineData("--mix", "dance=1", "--put-items", "10")]
    public async Task CommandLine_Wrong_ExitsTwoWithOneLine(params string[] arguments)
    {
        var error = new StringWriter();
        int exitCode = await LoadCommandLine.RunAsync(arguments, TextWriter.Null, error);

        Assert.Equal(2, exitCode);
        Assert.Single(error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
