using Ebb.Engine.Catalogue;
using Ebb.Engine.Encoders;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Ebb.Engine.Tests.Log;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Encoders;

/// <summary>Another model while serving: items and users in the vector space of the new one, at one moment.</summary>
public sealed class ModelSwapTests
{
    private const int ItemCount = BundleFolder.ItemCount;
    private const int UserCount = 40;

    private static readonly SourcePolicy Both = new() { Vector = 1, Encoder = 0.8 };
    private static readonly RecommendQuery Top = new() { Count = 10 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ChangeModel_OtherVectors_AnswersAreThoseOfAnEngineThatNeverHadOthers(bool onDisk)
    {
        using var folder = new TemporaryFolder();
        using var bundle = new BundleFolder();
        await using InterestEngine fresh = await OpenAsync(null, bundle.ItemsOfTheModel());
        await fresh.ChangeModelAsync(bundle.LoadAnyhow());
        await ObserveAllAsync(fresh);
        await using (InterestEngine engine = await OpenAsync(onDisk ? folder.Path : null, Items(ItemCount)))
        {
            await ObserveAllAsync(engine);

            // So that whatever is kept of the items is of the old vectors.
            await engine.RecommendAsync("u3", Top);
            await engine.ChangeModelAsync(bundle.LoadAnyhow());
            Assert.Equal(2u, engine.Schema.Space);
            await AssertSameAsync(fresh, engine);
            await engine.SettleSchemaAsync();
            await AssertSameAsync(fresh, engine);
            Assert.Equal(0, engine.GetStats().UsersToRebuild);
        }

        if (onDisk)
        {
            await using InterestEngine again = await InterestEngine.OpenAsync(OptionsOf(folder.Path));
            await again.ChangeModelAsync(bundle.LoadAnyhow());
            Assert.Equal(2u, again.Schema.Space);
            await AssertSameAsync(fresh, again);
        }
    }

    [Fact]
    public async Task ChangeModel_KeepsAttributesAndStock()
    {
        using var bundle = new BundleFolder();
        await using InterestEngine engine = await OpenAsync(null, Items(ItemCount));
        await engine.PutItemsAsync([Items(ItemCount)[7] with { InStock = false, Brand = "b", Tags = ["x", "y"] }]);
        await engine.PatchItemsAsync([new ItemPatch(ItemId(12)) { ValidUntilMs = NowMs - 1 }]);
        await ObserveAllAsync(engine);
        await engine.ChangeModelAsync(bundle.LoadAnyhow());
        var query = new RecommendQuery
        {
            Count = ItemCount,
            Filter = new ItemFilter { Allow = [new AttributeValue(AttributeKind.Category, "c2")] },
        };
        Recommendation list = await engine.RecommendAsync("u1", query);
        Assert.Equal((ItemCount / 5) - 2, list.Items.Count);
        Assert.DoesNotContain(list.Items, item => item.Item == ItemId(7) || item.Item == ItemId(12));
    }

    [Fact]
    public async Task ChangeModel_UnderLoad_AnswersEveryRequestFromOneSpace()
    {
        using var bundle = new BundleFolder();
        await using InterestEngine before = await OpenAsync(null, Items(ItemCount));
        await using InterestEngine after = await OpenAsync(null, bundle.ItemsOfTheModel());
        await using InterestEngine engine = await OpenAsync(null, Items(ItemCount));
        await after.ChangeModelAsync(bundle.LoadAnyhow());
        foreach (InterestEngine each in (InterestEngine[])[before, after, engine])
        {
            await ObserveAllAsync(each);
        }

        var stop = new CancellationTokenSource();
        Task<List<(int User, Recommendation List)>>[] callers =
            [.. Enumerable.Range(0, 4).Select(caller => Task.Run(() => AskOnAsync(engine, caller, stop.Token)))];
        await engine.ChangeModelAsync(bundle.LoadAnyhow());
        await engine.SettleSchemaAsync();
        await stop.CancelAsync();
        foreach ((int user, Recommendation list) in (await Task.WhenAll(callers)).SelectMany(asked => asked))
        {
            Recommendation old = await before.RecommendAsync($"u{user}", Top);
            Recommendation now = await after.RecommendAsync($"u{user}", Top);
            Assert.True(IsSame(list, old) || IsSame(list, now), $"user {user} got a list of no one space");
        }
    }

    [Fact]
    public async Task ChangeModel_SameVectors_ChangesNoSpace()
    {
        using var bundle = new BundleFolder();
        await using InterestEngine engine = await OpenAsync(null, bundle.ItemsOfTheModel());
        await ObserveAllAsync(engine);
        await engine.ChangeModelAsync(bundle.LoadAnyhow());
        var second = new SummingModels(bundle.Vectors);
        await engine.ChangeModelAsync(bundle.LoadAnyhow(second));
        Assert.Equal(1u, engine.Schema.Space);
        int runs = second.RunCount;
        Assert.Equal(EncodingUse.Fresh, (await engine.RecommendAsync("u1", Top)).Encoding);
        Assert.Equal(runs + 1, second.RunCount);
    }

    [Fact]
    public async Task ChangeModel_Replaced_ClosesTheOneBefore()
    {
        using var bundle = new BundleFolder();
        await using InterestEngine engine = await OpenAsync(null, Items(ItemCount));
        var first = new SummingModels(bundle.Vectors);
        await engine.ChangeModelAsync(bundle.LoadAnyhow(first));
        await engine.SettleSchemaAsync();
        await engine.ChangeModelAsync(bundle.LoadAnyhow());
        Assert.True(first.IsDisposed);
    }

    [Fact]
    public async Task ChangeModel_AnotherDimension_IsRefusedAndTheOneBeforeServesOn()
    {
        using var bundle = new BundleFolder();
        await using InterestEngine engine = await InterestEngine.OpenAsync(Options() with { Dimension = 8 });
        using SequenceEncoder encoder = bundle.LoadAnyhow();
        await Assert.ThrowsAsync<ArgumentException>(() => engine.ChangeModelAsync(encoder));
        Assert.Equal("", engine.GetStats().Model);
    }

    [Fact]
    public async Task ChangeSchema_AfterAModel_KeepsTheSpace()
    {
        using var bundle = new BundleFolder();
        await using InterestEngine engine = await OpenAsync(null, Items(ItemCount));
        await ObserveAllAsync(engine);
        await engine.ChangeModelAsync(bundle.LoadAnyhow());
        await engine.SettleSchemaAsync();
        await engine.ChangeSchemaAsync(UnitSchema with { Number = 2, HalfLives = [TimeSpan.FromDays(2)] });
        await engine.SettleSchemaAsync();
        Assert.Equal((2u, 2u), (engine.Schema.Number, engine.Schema.Space));
    }

    private static async Task<List<(int User, Recommendation List)>> AskOnAsync(
        InterestEngine engine, int caller, CancellationToken stop)
    {
        var lists = new List<(int User, Recommendation List)>();
        var random = new Random(42 + caller);
        while (!stop.IsCancellationRequested && lists.Count < 4000)
        {
            int user = random.Next(UserCount);
            lists.Add((user, await engine.RecommendAsync($"u{user}", Top)));
        }

        return lists;
    }

    private static EngineOptions OptionsOf(string? folder) =>
        Options(folder) with { Policy = ExactPolicy with { Sources = Both, CandidateFactor = 1 } };

    private static async Task<InterestEngine> OpenAsync(string? folder, ItemPut[] items)
    {
        InterestEngine engine = await InterestEngine.OpenAsync(OptionsOf(folder));
        await engine.PutItemsAsync(items);
        return engine;
    }

    private static async Task ObserveAllAsync(InterestEngine engine)
    {
        for (int user = 0; user < UserCount; user++)
        {
            await engine.ObserveAsync([.. Enumerable.Range(0, 1 + (user % 9)).Select(index => Click(
                $"u{user}", ((user * 5) + (index * 11)) % ItemCount, NowMs - ((20 - index) * 60_000L)))]);
        }
    }

    private static async Task AssertSameAsync(InterestEngine expected, InterestEngine engine)
    {
        for (int user = 0; user < UserCount; user += 3)
        {
            Recommendation wanted = await expected.RecommendAsync($"u{user}", Top);
            Recommendation found = await engine.RecommendAsync($"u{user}", Top);
            Assert.True(IsSame(wanted, found), $"user {user}");
        }
    }

    /// <summary>Items in order, scores to rounding.</summary>
    private static bool IsSame(Recommendation left, Recommendation right) =>
        left.Items.Count == right.Items.Count && left.Items.Zip(right.Items).All(pair =>
            pair.First.Item == pair.Second.Item && Math.Abs(pair.First.Score - pair.Second.Score) < 1e-3);
}
