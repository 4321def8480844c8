using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Curves;
using Ebb.Engine.Ranking;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Interest.Curves;

/// <summary>A curve through the whole engine: put in force at start and at run time.</summary>
public sealed class CurvePolicyTests
{
    private static readonly MemorySchema Bank = UnitSchema with
    {
        HalfLives = [.. new[] { 28, 42, 72, 96, 144, 216, 312, 480 }.Select(hours => TimeSpan.FromHours(hours))],
    };

    private static readonly ServingPolicy Gaussian =
        ExactPolicy with { Curve = new GaussianCurve(TimeSpan.FromDays(10)), CurveTolerance = 0.01 };

    [Fact]
    public async Task Recommend_GaussianCurve_ScoresWithinTheReportedError()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Schema = Bank });
        Assert.Null(engine.CurveFit);
        engine.SetPolicy(Gaussian);
        CurveFit fit = engine.CurveFit!;
        Assert.InRange(fit.WorstError, 1e-6, 0.01);
        var random = new Random(42);
        BehaviourEvent[] events =
        [
            .. Enumerable.Range(0, 80).Select(_ => Click("u", random.Next(200), NowMs - random.NextInt64(40 * DayMs))),
        ];
        await engine.ObserveAsync(events);
        Recommendation list = await engine.RecommendAsync("u", new RecommendQuery { Count = 200 });
        ItemPut[] items = Items(200);
        var byId = items.ToDictionary(item => item.Id);
        double norms = events.Sum(behaviour => Norm(byId[behaviour.Item].Vector.Span));
        Assert.Equal(200, list.Items.Count);
        foreach (var served in list.Items)
        {
            ReadOnlyMemory<float> target = byId[served.Item].Vector;
            double plain = events.Sum(behaviour =>
                Gaussian.Curve!.At(NowMs - behaviour.TimeMs) * Dot(byId[behaviour.Item].Vector, target));
            double bound = (fit.WorstError + (1e-6 * fit.CoefficientSum)) * norms * Norm(target.Span);
            Assert.Equal(plain, served.Score * Math.Pow(2, list.Log2Scale), bound);
        }
    }

    [Fact]
    public async Task SetPolicy_CurveThatDoesNotFit_LeavesTheRunningOne()
    {
        EngineOptions options = Options() with { Schema = Bank, Policy = Gaussian };
        await using InterestEngine engine = await OpenWithItemsAsync(options);
        CurveFit running = engine.CurveFit!;
        ServingPolicy worse = Gaussian with { Curve = new LinearCurve(TimeSpan.FromMinutes(5)), Number = 2 };
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => engine.SetPolicy(worse));
        Assert.Contains("worst error", refusal.Message);
        Assert.Same(running, engine.CurveFit);
    }

    [Fact]
    public async Task Open_CurveThatDoesNotFit_RefusesToStartAndSaysWhatWouldDo()
    {
        EngineStartException refusal = await Assert.ThrowsAsync<EngineStartException>(
            () => InterestEngine.OpenAsync(Options() with { Policy = Gaussian with { CurveTolerance = 0.05 } }));
        Assert.Contains("the half-lives 1d", refusal.Message);
        Assert.Contains("these half-lives would do: ", refusal.Message);
    }

    private static double Dot(ReadOnlyMemory<float> a, ReadOnlyMemory<float> b)
    {
        double sum = 0;
        for (int d = 0; d < a.Length; d++)
        {
            sum += (double)a.Span[d] * b.Span[d];
        }

        return sum;
    }

    private static double Norm(ReadOnlySpan<float> vector)
    {
        double sum = 0;
        foreach (float element in vector)
        {
            sum += (double)element * element;
        }

        return Math.Sqrt(sum);
    }
}
