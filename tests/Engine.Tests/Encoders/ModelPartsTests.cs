using System.Text;
using System.Text.Json.Nodes;
using Ebb.Engine.Encoders;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Portrait;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Encoders;

/// <summary>What a bundle may hold beside the encoder: category head, re-ranker, item encoder.</summary>
public sealed class ModelPartsTests
{
    private const int ListCount = 10;

    private static readonly SourcePolicy Both = new() { Vector = 1, Encoder = 0.8 };
    private static readonly RecommendQuery Top = new() { Count = 20 };

    [Fact]
    public void Load_WithParts_HasThemAll()
    {
        using BundleFolder bundle = new BundleFolder().WithParts();
        using SequenceEncoder encoder = bundle.LoadAnyhow();
        Assert.True(encoder.HasHead);
        Assert.NotNull(encoder.ReRanker);
        Assert.NotNull(encoder.Items);
        Assert.Contains("head of 5 categories, re-ranker, item encoder", encoder.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WithATree_HasIt()
    {
        ChangeNode[] leaf = [new ChangeNode(10, 4)];
        string tree = ChangeTreeDocument.Write(new ChangeTree(leaf, new FeatureRule(), new ChangeLabel()));
        using BundleFolder bundle = new BundleFolder().WithTree(tree);
        using SequenceEncoder encoder = bundle.LoadAnyhow();
        Assert.Equal(leaf, encoder.Bundle.Portrait!.Nodes);
        Assert.Contains("change tree", encoder.Describe(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1, 2]")]
    public void Load_TreeThatIsNone_IsRefusedInOneLine(string json)
    {
        using BundleFolder bundle = new BundleFolder().WithTree(json);
        BundleException refused = Assert.Throws<BundleException>(() => bundle.LoadAnyhow());
        Assert.StartsWith("portrait.json: ", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Theory]
    [InlineData("reranker.onnx", "manifest.json: has no checksum of reranker.onnx")]
    [InlineData("item_reference.json", "manifest.json: has no checksum of item_reference.json")]
    [InlineData("categories.txt", "manifest.json: has no checksum of categories.txt")]
    public void Load_PartWithoutItsFile_IsRefusedInOneLine(string file, string problem)
    {
        using BundleFolder bundle = new BundleFolder().WithParts();
        bundle.Seal(manifest => ((JsonObject)manifest["sha256"]!).Remove(file));
        BundleException refused = Assert.Throws<BundleException>(() => bundle.LoadAnyhow());
        Assert.Equal(problem, refused.Message);
    }

    [Fact]
    public void Load_ReRankerOfOtherFeatures_IsRefused()
    {
        using BundleFolder bundle = new BundleFolder().WithParts();
        bundle.Seal(manifest => ((JsonArray)manifest["reranker"]!["features"]!)[0] = "luck");
        Assert.Contains(
            "other features", Assert.Throws<BundleException>(() => bundle.LoadAnyhow()).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reranker_reference.json")]
    [InlineData("item_reference.json")]
    public void Load_PartThatSaysSomethingElse_IsRefused(string file)
    {
        using BundleFolder bundle = new BundleFolder().WithParts();
        var reference = JsonNode.Parse(bundle.Read(file))!;
        reference["expected"]![0]![0] = 12.5;
        bundle.Write(file, Encoding.UTF8.GetBytes(reference.ToJsonString()));
        bundle.Seal();
        string problem = Assert.Throws<BundleException>(() => bundle.LoadAnyhow()).Message;
        Assert.StartsWith(file + ": row 0 gives", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_HeadThatSaysSomethingElse_IsRefused()
    {
        using BundleFolder bundle = new BundleFolder().WithParts();
        var reference = JsonNode.Parse(bundle.Read("reference.json"))!;
        reference["expected_categories"]![3]![1] = 9;
        bundle.Write("reference.json", Encoding.UTF8.GetBytes(reference.ToJsonString()));
        bundle.Seal();
        Assert.Contains(
            "row 3 gives", Assert.Throws<BundleException>(() => bundle.LoadAnyhow()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("c0\nc1\nc2\nc3\n")]
    [InlineData("c0\nc1\nc2\nc3\nc3\n")]
    [InlineData("c0\nc1\n\nc3\nc4\n")]
    public void Load_CategoriesThatCannotBe_IsRefused(string names)
    {
        using BundleFolder bundle = new BundleFolder().WithParts();
        bundle.Write("categories.txt", Encoding.UTF8.GetBytes(names));
        bundle.Seal();
        Assert.StartsWith(
            "categories.txt: does not hold 5", Assert.Throws<BundleException>(() => bundle.LoadAnyhow()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recommend_PolicyAsksForTheReRanker_TheModelOrdersTheBest()
    {
        using BundleFolder bundle = new BundleFolder().WithParts();
        await using InterestEngine engine = await OpenAsync(bundle, new ServingPolicy { Sources = Both });
        Recommendation plain = await engine.RecommendAsync("u", Top with { Surface = 1 });
        engine.SetPolicy(new ServingPolicy { Sources = Both, ReRankCount = ListCount });
        Recommendation again = await engine.RecommendAsync("u", Top with { Surface = 2 });

        // The test's model says minus the score: the best ten are turned round, the rest stays.
        Assert.Equal(
            plain.Items.Take(ListCount).Reverse().Concat(plain.Items.Skip(ListCount)).Select(item => item.Item),
            again.Items.Select(item => item.Item));
        Assert.False(again.Exact);
    }

    [Theory]
    [InlineData(0.25)]
    [InlineData(1)]
    public async Task Profile_WithTheHead_IsItsSoftmaxMixedWithTheCounts(double share)
    {
        using BundleFolder bundle = new BundleFolder().WithParts();
        var counts = new ServingPolicy { Sources = Both };
        await using InterestEngine engine = await OpenAsync(bundle, counts, new FlowRule());
        Dictionary<string, double> plain = Chances(await engine.ProfileAsync("u"));
        engine.SetPolicy(counts with { Migration = new MigrationPolicy { Head = share } });
        Dictionary<string, double> mixed = Chances(await engine.ProfileAsync("u"));
        double[] head = Softmax(BundleFolder.Head(Clicked.Select(item => item + 1)));
        for (int category = 0; category < head.Length; category++)
        {
            double expected = ((1 - share) * plain.GetValueOrDefault($"c{category}")) + (share * head[category]);
            Assert.Equal(expected, mixed.GetValueOrDefault($"c{category}"), 1e-6);
        }

        Assert.Equal(1, mixed.Values.Sum(), 1e-6);
    }

    [Fact]
    public async Task Recommend_HeadBoost_AddsItsShareToEveryItemOfTheCategory()
    {
        using BundleFolder bundle = new BundleFolder().WithParts();
        var plainPolicy = new ServingPolicy { Sources = Both };
        await using InterestEngine engine = await OpenAsync(bundle, plainPolicy);
        RecommendQuery all = Top with { Count = BundleFolder.ItemCount };
        Recommendation plain = await engine.RecommendAsync("u", all with { Surface = 1 });
        engine.SetPolicy(plainPolicy with { Migration = new MigrationPolicy { Boost = 2, Head = 1 } });
        Recommendation boosted = await engine.RecommendAsync("u", all with { Surface = 2 });
        double[] head = Softmax(BundleFolder.Head(Clicked.Select(item => item + 1)));
        var before = plain.Items.ToDictionary(item => item.Item, item => item.Score);
        Assert.Equal(BundleFolder.ItemCount, boosted.Items.Count);
        foreach (RecommendedItem item in boosted.Items)
        {
            int category = int.Parse(item.Item.ToString()[5..]) % BundleFolder.CategoryCount;
            Assert.Equal(before[item.Item] + (2 * head[category] / head.Max()), item.Score, 1e-3);
        }
    }

    [Fact]
    public async Task ChangeModel_ToOneWithoutParts_NobodyOrdersAndTheCountsStandAlone()
    {
        using BundleFolder with = new BundleFolder().WithParts();
        using var without = new BundleFolder();
        var policy = new ServingPolicy
        {
            Sources = Both,
            ReRankCount = ListCount,
            Migration = new MigrationPolicy { Head = 1 },
        };
        await using InterestEngine engine = await OpenAsync(with, policy);
        Assert.NotEmpty((await engine.ProfileAsync("u")).NextCategories);
        await engine.ChangeModelAsync(without.LoadAnyhow());
        Assert.Empty((await engine.ProfileAsync("u")).NextCategories);
        Recommendation list = await engine.RecommendAsync("u", Top with { Surface = 3 });
        Assert.True(list.Items.Zip(list.Items.Skip(1)).All(pair => pair.First.Score >= pair.Second.Score));
    }

    private static readonly int[] Clicked = [3, 8, 13, 4, 20, 21, 8];

    private static double[] Softmax(double[] logits)
    {
        double sum = logits.Sum(Math.Exp);
        return [.. logits.Select(logit => Math.Exp(logit) / sum)];
    }

    private static Dictionary<string, double> Chances(InterestProfile profile) =>
        profile.NextCategories.ToDictionary(chance => chance.Category, chance => chance.Probability);

    private static async Task<InterestEngine> OpenAsync(
        BundleFolder bundle, ServingPolicy policy, FlowRule? flows = null)
    {
        InterestEngine engine = await InterestEngine.OpenAsync(new EngineOptions
        {
            Dimension = Dimension,
            Policy = policy,
            Encoder = bundle.LoadAnyhow(),
            Schema = new MemorySchema { Flows = flows },
            Clock = new StillClock(NowMs + 1000),
        });
        await engine.PutItemsAsync(bundle.ItemsOfTheModel());
        await engine.ObserveAsync([.. Clicked.Select((item, at) => Click("u", item, NowMs + at))]);
        return engine;
    }
}
