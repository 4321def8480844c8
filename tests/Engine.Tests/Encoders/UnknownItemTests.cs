using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Encoders;

/// <summary>After another model came: where items stand that it does not know.</summary>
public sealed class UnknownItemTests
{
    private static readonly SourcePolicy Learning = new() { Neighbours = 1, Encoder = 1 };

    [Fact]
    public async Task ChangeModel_ItemItDoesNotKnow_StandsWhereItsNeighboursDo()
    {
        using var bundle = new BundleFolder();
        await using InterestEngine engine = await OpenAsync();
        for (int user = 0; user < 30; user++)
        {
            string name = $"w{user}";
            await engine.ObserveAsync([
                Click(name, 3, NowMs - 5000), Strange(name, NowMs - 4000), Click(name, 8, NowMs - 3000)]);
        }

        await engine.SettleSourcesAsync();
        await engine.ChangeModelAsync(bundle.LoadAnyhow());
        engine.SetPolicy(ExactPolicy);
        Dictionary<string, double> scores = await ScoresAsync(engine);

        // Both were done with it as often: their unit vectors in equal parts, as long as they are on average.
        float[][] near = [bundle.Vectors[3], bundle.Vectors[8]];
        double[] sum = [.. Enumerable.Range(0, Dimension).Select(d => near.Sum(vector => vector[d] / Norm(vector)))];
        double scale = near.Average(Norm) / Math.Sqrt(sum.Sum(value => value * value));
        for (int item = 0; item < BundleFolder.ItemCount; item++)
        {
            double expected = scale * sum.Zip(bundle.Vectors[item], (left, right) => left * right).Sum();
            Assert.Equal(expected, scores[ItemId(item).ToString()], 1e-3);
        }
    }

    [Fact]
    public async Task ChangeModel_ItemNothingIsLearnedOf_HasNoDirection()
    {
        using var bundle = new BundleFolder();
        await using InterestEngine engine = await OpenAsync();
        await engine.ChangeModelAsync(bundle.LoadAnyhow());
        engine.SetPolicy(ExactPolicy);
        ActReply reply = await engine.ActAsync("asker", [Strange("asker", NowMs)], new RecommendQuery { Count = 5 });

        // Nothing to rank by: what everybody likes.
        Assert.Equal(ListDecision.Popular, reply.Recommendation.Decision);
    }

    private static double Norm(float[] vector) => Math.Sqrt(vector.Sum(value => (double)value * value));

    private static BehaviourEvent Strange(string user, long timeMs) =>
        new(user, "strange", EventTypes.Click, timeMs, null, 0);

    /// <summary>Of every item, for one who did the strange item once, now: dot products with its vector.</summary>
    private static async Task<Dictionary<string, double>> ScoresAsync(InterestEngine engine)
    {
        ActReply reply = await engine.ActAsync(
            "asker", [Strange("asker", NowMs)], new RecommendQuery { Count = BundleFolder.ItemCount + 1 });
        return reply.Recommendation.Items.ToDictionary(item => item.Item.ToString(), item => (double)item.Score);
    }

    private static async Task<InterestEngine> OpenAsync()
    {
        InterestEngine engine = await InterestEngine.OpenAsync(
            Options() with { Policy = ExactPolicy with { Sources = Learning } });
        await engine.PutItemsAsync(
            [.. Items(BundleFolder.ItemCount), new ItemPut("strange", Items(1)[0].Vector)]);
        return engine;
    }
}
