using Ebb.Engine.Ranking;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Ranking;

public sealed class CalibrationTests
{
    private static readonly Calibration Points = new() { Points = [(-1, 0.1), (1, 0.3), (2, 0.3), (4, 0.9)] };

    [Theory]
    [InlineData(-5, 0.1)]
    [InlineData(-1, 0.1)]
    [InlineData(0, 0.2)]
    [InlineData(1, 0.3)]
    [InlineData(1.7, 0.3)]
    [InlineData(3, 0.6)]
    [InlineData(4, 0.9)]
    [InlineData(1e30, 0.9)]
    public void ProbabilityOf_Points_IsTheLineThroughThem(double score, double probability) =>
        Assert.Equal(probability, Points.ProbabilityOf(score), 1e-12);

    [Theory]
    [InlineData(0, -2, 0.88079707797788)]
    [InlineData(2, 0, 0.98201379003791)]
    [InlineData(-1e9, 0, 0)]
    [InlineData(1e9, 0, 1)]
    public void ProbabilityOf_Platt_IsTheSigmoid(double score, double b, double probability) =>
        Assert.Equal(probability, new Calibration { Platt = (-2, b) }.ProbabilityOf(score), 1e-12);

    [Fact]
    public async Task Recommend_Calibrated_IsOfTheFinalScore()
    {
        var calibration = new Calibration { Platt = (-1.5, 0.25) };
        await using InterestEngine engine = await OpenWithItemsAsync(
            Options() with { Policy = ExactPolicy with { Calibration = calibration } });
        await engine.ObserveAsync([Click("a", 1, NowMs)]);
        var query = new RecommendQuery { Count = 10, NowMs = NowMs + (2 * DayMs) };
        Recommendation list = await engine.RecommendAsync("a", query);
        Assert.All(list.Items, item => Assert.Equal(
            1 / (1 + Math.Exp((-1.5 * item.Score / 4) + 0.25)), item.Probability, 1e-6));
        Recommendation popular = await engine.RecommendAsync("stranger", query);
        Assert.All(popular.Items, item => Assert.True(float.IsNaN(item.Probability)));
        engine.SetPolicy(ExactPolicy);
        Assert.True(float.IsNaN((await engine.RecommendAsync("a", query)).Items[0].Probability));
    }

    [Fact]
    public async Task SetPolicy_CalibrationThatCannotBe_IsRefused()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        Calibration[] bad =
        [
            new(), Points with { Platt = (-1, 0) }, new() { Platt = (1, 0) }, new() { Platt = (-1, double.NaN) },
            new() { Points = [(0, 0.5), (0, 0.6)] }, new() { Points = [(0, double.NaN)] },
            new() { Points = [.. Enumerable.Range(0, 1025).Select(at => ((double)at, 0.5))] },
        ];
        Assert.All(bad, calibration => Assert.Throws<ArgumentException>(
            () => engine.SetPolicy(ExactPolicy with { Calibration = calibration })));
    }
}
