using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Interest.Trends;
using Ebb.Engine.Privacy;
using Ebb.Engine.Tests.Forgetting;
using Ebb.Engine.Tests.Recovery;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Privacy;

/// <summary>FLOWS and TRENDS under a privacy budget.</summary>
public sealed class PrivateReportTests
{
    private static readonly MemorySchema Counting =
        UnitSchema with { Flows = new FlowRule(), Trends = new TrendRule() };

    private static readonly PrivacyOptions Tight = new() { Epsilon = 1, Contribution = 1, Budget = 3 };

    [Fact]
    public async Task Reports_AskedAgainInThePeriod_AreTheSameAnswerAndCostOnce()
    {
        await using InterestEngine engine = await OpenAsync(new TimerClock(NowMs), Tight);
        FlowReport flows = engine.GetFlows(100);
        TrendReport trends = engine.GetTrends(new TrendQuestion { CountMax = 10 });
        for (int again = 0; again < 20; again++)
        {
            FlowReport asked = engine.GetFlows(100, NowMs - again);
            Assert.Equal(
                flows.Windows.SelectMany(window => window.Flows), asked.Windows.SelectMany(window => window.Flows));
            Assert.Equal(flows.AtMs, asked.AtMs);
            Assert.Equal(trends.Items, engine.GetTrends(new TrendQuestion { CountMax = 10 }).Items);
        }

        // A question about one item is answered from the same sums.
        DemandTrend first = trends.Items[0];
        TrendReport one = engine.GetTrends(new TrendQuestion { CountMax = 10, Item = first.Name });
        Assert.Equal(first, Assert.Single(one.Items));
        Assert.Equal(2, engine.GetStats().PrivacyEpsilonSpent);
    }

    [Fact]
    public async Task Reports_BudgetSpent_AreRefusedUntilItsPeriodIsOver()
    {
        var clock = new TimerClock(NowMs);
        await using InterestEngine engine = await OpenAsync(clock, Tight);
        FlowReport first = engine.GetFlows(100);
        clock.Advance(TimeSpan.FromDays(1));
        FlowReport second = engine.GetFlows(100);
        Assert.NotEqual(first.Windows[2].Flows, second.Windows[2].Flows);
        engine.GetTrends(new TrendQuestion());
        clock.Advance(TimeSpan.FromDays(1));

        EngineRequestException refused = Assert.Throws<EngineRequestException>(() => engine.GetFlows(100));
        Assert.Equal(EntryStatus.Overloaded, refused.Status);
        Assert.Throws<EngineRequestException>(() => engine.GetTrends(new TrendQuestion()));

        // A clock that steps back gives nothing back.
        clock.Advance(TimeSpan.FromDays(-1000));
        Assert.Throws<EngineRequestException>(() => engine.GetFlows(100));
        clock.Advance(TimeSpan.FromDays(1031));
        Assert.True(engine.GetFlows(100).IsCounted);
    }

    [Fact]
    public async Task Budget_OverARestart_IsNotGivenBack()
    {
        using var folder = new TemporaryFolder();
        PrivacyOptions once = Tight with { Budget = 1 };
        await using (InterestEngine engine = await OpenAsync(new TimerClock(NowMs), once, folder.Path))
        {
            engine.GetFlows(10);
        }

        EngineOptions options = Options(folder.Path) with
        {
            Schema = Counting,
            Clock = new TimerClock(NowMs),
            Privacy = once,
        };
        await using (InterestEngine again = await InterestEngine.OpenAsync(options))
        {
            Assert.Throws<EngineRequestException>(() => again.GetFlows(10));
        }

        Assert.Empty((await EngineFolder.VerifyAsync(folder.Path)).UnknownFiles);
        await File.WriteAllTextAsync(
            Path.Combine(folder.Path, PrivacyBudget.FileName), "{", TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<EngineStartException>(() => InterestEngine.OpenAsync(options));
    }

    [Fact]
    public async Task Flows_WithNoise_HaveEveryPairAndTheMechanismsError()
    {
        const double Bound = 3;
        const double Epsilon = 2;
        var options = new PrivacyOptions
        {
            Epsilon = Epsilon,
            Contribution = Bound,
            Period = TimeSpan.FromMilliseconds(1),
            Budget = 1e9,
        };
        var clock = new TimerClock(NowMs);
        await using InterestEngine noisy = await OpenAsync(clock, options);
        await using InterestEngine plain = await OpenAsync(clock, null);
        var truth = plain.GetFlows(1000).Windows[2].Flows.ToDictionary(flow => (flow.From, flow.To));
        var errors = new List<double>();
        for (int release = 0; release < 400; release++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
            FlowWindow week = noisy.GetFlows(1000).Windows[2];
            foreach (CategoryFlow flow in week.Flows.Where(flow => truth.ContainsKey((flow.From, flow.To))))
            {
                CategoryFlow real = truth[(flow.From, flow.To)];
                if (real.Count > 200)
                {
                    errors.Add(flow.Count - real.Count);
                }
            }
        }

        // b = 3 windows · 3 events / 2; variance 2b². Some hundreds of draws: the bound is wide.
        double scale = 3 * Bound / Epsilon;
        double variance = errors.Average(error => error * error);
        Assert.True(errors.Count > 300, $"{errors.Count} errors");
        Assert.InRange(variance / (2 * scale * scale), 0.4, 2);
    }

    [Fact]
    public async Task Trends_ItemNobodyTouched_StandsAmongThemAndTellsNothing()
    {
        await using InterestEngine engine = await OpenAsync(new TimerClock(NowMs), Tight);
        TrendReport report = engine.GetTrends(new TrendQuestion { CountMax = 1000 });

        // 200 items, events on 20 of them; half of the others have noise above zero.
        Assert.InRange(report.Items.Count, 60, 200);
        Assert.Equal(5, report.Categories.Count);
        Assert.All(report.Items, item => Assert.True(item.PerDayError > 0));
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(-1, 1, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(2, 1, 1)]
    [InlineData(double.NaN, 1, 1)]
    public async Task Open_PrivacyThatCannotBe_IsRefused(double epsilon, double contribution, double budget)
    {
        var privacy = new PrivacyOptions { Epsilon = epsilon, Contribution = contribution, Budget = budget };
        await Assert.ThrowsAsync<EngineStartException>(
            () => InterestEngine.OpenAsync(Options() with { Privacy = privacy }));
    }

    private static async Task<InterestEngine> OpenAsync(
        TimerClock clock, PrivacyOptions? privacy, string? folder = null)
    {
        InterestEngine engine = await OpenWithItemsAsync(
            Options(folder) with { Schema = Counting, Clock = clock, Privacy = privacy });
        var random = new Random(42);
        for (int batch = 0; batch < 20; batch++)
        {
            await engine.ObserveAsync(
            [
                .. Enumerable.Range(0, 500).Select(_ => Click(
                    $"user-{random.Next(50)}", random.Next(20), NowMs - random.NextInt64(DayMs))),
            ]);
        }

        return engine;
    }
}
