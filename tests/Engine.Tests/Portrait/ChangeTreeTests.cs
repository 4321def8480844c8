using Ebb.Engine.Policy;
using Ebb.Engine.Portrait;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Portrait;

/// <summary>Rules, importances and files of a tree, and the forecast of a served one.</summary>
public sealed class ChangeTreeTests
{
    // drift ≤ 0.4 ? (top_share ≤ 0.5 ? 30 of 100 : 10 of 200) : (drift ≤ 0.8 ? 60 of 100 : 90 of 100)
    private static readonly ChangeTree Tree = new(
        [
            Ask(500, 190, BehaviourFeatures.Drift, 0.4) with { Low = 1, High = 4, Gain = 60 },
            Ask(300, 40, BehaviourFeatures.TopShare, 0.5) with { Low = 2, High = 3, Gain = 15 },
            new(100, 30), new(200, 10),
            Ask(200, 150, BehaviourFeatures.Drift, 0.8) with { Low = 5, High = 6, Gain = 5 },
            new(100, 60), new(100, 90),
        ],
        new FeatureRule { HalfLife = TimeSpan.FromDays(1), RememberedEvents = 8, Window = TimeSpan.FromDays(7) },
        new ChangeLabel { DriftFrom = 0.5 })
    {
        Quality = new TreeQuality { TrainCount = 500, TestCount = 200, Auc = 0.7, Accuracy = 0.66 },
    };

    [Theory]
    [InlineData(0.2, 0.4, 30, 100)]
    [InlineData(0.4, 0.6, 10, 200)]
    [InlineData(0.41, 0.6, 60, 100)]
    [InlineData(0.9, 0.0, 90, 100)]
    public void Forecast_OfFeatures_IsTheLeafTheyFallInto(double drift, double topShare, int changed, int count)
    {
        double[] features = new double[BehaviourFeatures.Count];
        features[BehaviourFeatures.Drift] = drift;
        features[BehaviourFeatures.TopShare] = topShare;

        ChangeForecast forecast = Tree.Forecast(features);

        Assert.Equal((changed + (10 * 0.38)) / (count + 10), forecast.Probability, 1e-12);
        Assert.Equal(forecast.Probability, Tree.Probability(features));
        Assert.Equal((0.38, 7.0, count),
            (forecast.BaseRate, forecast.Window.TotalDays, forecast.TrainedCount));
        Assert.All(forecast.Conditions, one => Assert.True(one.Low < one.Value && one.Value <= one.High));
        Assert.Contains(forecast.Conditions, one => one.Feature == "drift" && one.Value == drift);
    }

    [Fact]
    public void Rules_OfATree_NarrowARepeatedFeatureToOneCondition()
    {
        IReadOnlyList<ChangeForecast> rules = Tree.Rules();

        Assert.Equal([100, 100, 100, 200], rules.Select(rule => rule.TrainedCount));
        RuleCondition narrow = Assert.Single(rules[1].Conditions);
        Assert.Equal(("drift", 0.4, 0.8), (narrow.Feature, narrow.Low, narrow.High));
        Assert.Equal([("drift", 65.0 / 80), ("top_share", 15.0 / 80)], Tree.Importances());
    }

    [Fact]
    public void Document_OfATree_ReadsBackTheSame()
    {
        ChangeTree read = ChangeTreeDocument.Read(ChangeTreeDocument.Write(Tree));

        Assert.Equal(Tree.Nodes, read.Nodes);
        Assert.Equal((Tree.Rule, Tree.Label, Tree.Quality), (read.Rule, read.Label, read.Quality));
    }

    [Fact]
    public void Document_CutOffAnywhere_IsRefusedInOneLine()
    {
        string whole = ChangeTreeDocument.Write(Tree).TrimEnd();
        foreach (int length in Enumerable.Range(0, whole.Length))
        {
            DocumentException refused =
                Assert.Throws<DocumentException>(() => ChangeTreeDocument.Read(whole[..length]));
            Assert.DoesNotContain('\n', refused.Message);
        }
    }

    [Theory]
    [InlineData("ebb-change-tree", "ebb-policy", "$.format")]
    [InlineData("\"version\": 1", "\"version\": 2", "$.version")]
    [InlineData("\"feature\": \"drift\"", "\"feature\": \"shoe_size\"", "shoe_size")]
    [InlineData("\"count\": 500", "\"count\": 501", "$.nodes[0]")]
    [InlineData("\"changed\": 90", "\"changed\": 190", "$.nodes[4]")]
    [InlineData("\"low\": 5", "\"low\": 4", "$.nodes[4]")]
    [InlineData("\"high\": 6", "\"high\": 7", "$.nodes[4]")]
    [InlineData("\"low\": 5", "\"low\": 6", "$.nodes")]
    [InlineData("\"threshold\": 0.8", "\"threshold\": \"x\"", "$.nodes[4].threshold")]
    [InlineData("\"half_life\": \"1d\"", "\"half_life\": \"soon\"", "$.features.half_life")]
    [InlineData("\"remembered_events\": 8", "\"remembered_events\": 0", "$.features.remembered_events")]
    [InlineData("\"kind\": \"drift\"", "\"kind\": \"mood\"", "$.label.kind")]
    [InlineData("\"kind\"", "\"sort\"", "$.label")]
    public void Document_Damaged_IsRefusedByPath(string from, string to, string path)
    {
        string whole = ChangeTreeDocument.Write(Tree);
        Assert.Contains(from, whole);

        DocumentException refused =
            Assert.Throws<DocumentException>(() => ChangeTreeDocument.Read(whole.Replace(from, to)));

        Assert.Contains(path, refused.Message);
    }

    [Fact]
    public async Task Portrait_WithATree_ForetellsByTheFeaturesOfTheLastEvents()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        BehaviourEvent[] events =
            [.. Enumerable.Range(0, 12).Select(place => Click("ann", place < 8 ? 5 : 6, NowMs - 12 + place))];
        await engine.ObserveAsync(events);
        Assert.Null((await engine.PortraitAsync("ann", nowMs: NowMs)).Forecast);
        engine.SetChangeTree(Tree);

        ChangeForecast forecast = (await engine.PortraitAsync("ann", nowMs: NowMs)).Forecast!;

        // Of the last eight events four are of category c0 and the newer four of c1: a drift of 1.
        Assert.Equal((90 + 3.8) / 110, forecast.Probability, 1e-12);
        Assert.Equal(1, Assert.Single(forecast.Conditions).Value, 1e-12);
        engine.SetChangeTree(null);
        Assert.Null((await engine.PortraitAsync("ann", nowMs: NowMs)).Forecast);
    }

    [Fact]
    public async Task SetChangeTree_ThatLooksAtMoreEventsThanAreHeld_IsRefusedAndTheRunningOneStays()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        engine.SetChangeTree(Tree);
        await engine.ObserveAsync([Click("ann", 5, NowMs)]);
        var far = new ChangeTree(Tree.Nodes, Tree.Rule with { RememberedEvents = 64 }, Tree.Label);

        ArgumentException refused = Assert.Throws<ArgumentException>(() => engine.SetChangeTree(far));

        Assert.Contains("--recent-events 32", refused.Message);
        Assert.NotNull((await engine.PortraitAsync("ann", nowMs: NowMs)).Forecast);
    }

    private static ChangeNode Ask(int count, int changed, int feature, double threshold) =>
        new(count, changed) { Feature = feature, Threshold = threshold };
}
