using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Ebb.Engine.Tests.Forgetting;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Catalogue;

/// <summary>Stock, windows and prices in the lists of users.</summary>
public sealed class ShelfTests
{
    private static readonly ServingPolicy KeepingPolicy = ExactPolicy with { KeepBelow = 1e9, ShiftFrom = 2e9 };

    [Fact]
    public async Task Patch_OutOfStock_LeavesAKeptListAtOnceAndComesBack()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Policy = KeepingPolicy });
        await engine.ObserveAsync([Click("ann", 3, NowMs)]);
        OpaqueId[] before = await ListAsync(engine);
        Assert.Equal(before, await ListAsync(engine));

        ItemChangeReply gone = await engine.PatchItemsAsync([new ItemPatch(before[0]) { InStock = false }]);
        OpaqueId[] without = await ListAsync(engine);
        await engine.PatchItemsAsync([new ItemPatch(before[0]) { InStock = true }]);

        Assert.Equal([EntryStatus.Ok], gone.Statuses);
        Assert.Equal(before[1..], without[..^1]);
        Assert.Equal(before, await ListAsync(engine));
    }

    [Fact]
    public async Task Patch_KeepsTheVectorsVersion_SoPastEventsStillExplainTheScore()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync([Click("ann", 3, NowMs)]);
        await engine.PatchItemsAsync([new ItemPatch(ItemId(3)) { Price = 5 }]);

        Recommendation list = await engine.RecommendAsync("ann", new RecommendQuery { Count = 1, Explain = true });

        // A put of the same vector would have made the event one "of another vector": an older term.
        Assert.Equal(0, list.Items[0].OlderTerms, 1e-5);
        Assert.Single(list.Items[0].Terms);
    }

    [Fact]
    public async Task Window_OpensAndClosesByTime_InKeptListsToo()
    {
        var clock = new TimerClock(NowMs);
        await using InterestEngine engine = await OpenWithItemsAsync(
            Options() with { Policy = KeepingPolicy, Clock = clock });
        await engine.ObserveAsync([Click("ann", 3, NowMs)]);
        OpaqueId[] all = await ListAsync(engine);
        await engine.PatchItemsAsync(
            [new ItemPatch(all[0]) { ValidFromMs = NowMs + 60_000, ValidUntilMs = NowMs + 120_000 }]);

        Assert.Equal(all[1..], (await ListAsync(engine))[..^1]);
        await TurnAsync(engine, clock, TimeSpan.FromSeconds(60));
        Assert.Equal(all, await ListAsync(engine));
        await TurnAsync(engine, clock, TimeSpan.FromSeconds(60));
        Assert.Equal(all[1..], (await ListAsync(engine))[..^1]);
    }

    [Fact]
    public async Task Price_RangeOfAFilter_IsWhatAPlainLoopFinds()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync([Click("ann", 3, NowMs)]);
        await engine.PatchItemsAsync(
            [.. Enumerable.Range(0, 100).Select(index => new ItemPatch(ItemId(index)) { Price = index })]);
        var filter = new ItemFilter { Price = new PriceRange(10, 19.5f) };

        OpaqueId[] first = await ListAsync(engine, filter, 200);
        await engine.PatchItemsAsync(
            [new ItemPatch(ItemId(12)) { Price = 50 }, new ItemPatch(ItemId(77)) { Price = 11 }]);
        OpaqueId[] second = await ListAsync(engine, filter, 200);

        int[] wanted = [.. Enumerable.Range(10, 10)];
        Assert.Equal(wanted.Select(ItemId).Order(), first.Order());
        Assert.Equal(wanted.Except([12]).Append(77).Select(ItemId).Order(), second.Order());
    }

    [Fact]
    public async Task Put_LaterThanAPatch_SaysTheStockAndLeavesWindowAndPrice()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync([Click("ann", 3, NowMs)]);
        await engine.PatchItemsAsync([new ItemPatch(ItemId(3)) { InStock = false, Price = 5 }]);
        var priced = new ItemFilter { Price = new PriceRange(5, 5) };

        Assert.Empty(await ListAsync(engine, priced));
        await engine.PutItemsAsync([Items(4)[3]]);
        Assert.Equal([ItemId(3)], await ListAsync(engine, priced));
        await engine.RemoveItemsAsync([ItemId(3)]);
        await engine.PutItemsAsync([Items(4)[3]]);
        Assert.Empty(await ListAsync(engine, priced));
    }

    [Fact]
    public async Task Patch_BadInput_IsRefusedEntryByEntry()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.PatchItemsAsync([new ItemPatch(ItemId(1)) { ValidUntilMs = 1000 }]);

        ItemChangeReply reply = await engine.PatchItemsAsync(
        [
            new ItemPatch(default),
            new ItemPatch("nothing") { InStock = true },
            new ItemPatch(ItemId(0)) { Price = float.NaN },
            new ItemPatch(ItemId(0)) { Price = -1 },
            new ItemPatch(ItemId(0)) { ValidFromMs = -5 },
            new ItemPatch(ItemId(1)) { ValidFromMs = 1000 },
            new ItemPatch(ItemId(0)) { Price = 3 },
        ]);

        Assert.Equal(
            [
                EntryStatus.IdLength, EntryStatus.UnknownItem, EntryStatus.NotFinite, EntryStatus.NotFinite,
                EntryStatus.TimeOutOfRange, EntryStatus.TimeOutOfRange, EntryStatus.Ok,
            ],
            reply.Statuses);
    }

    private static async Task<OpaqueId[]> ListAsync(InterestEngine engine, ItemFilter? filter = null, int count = 10)
    {
        Recommendation list = await engine.RecommendAsync(
            "ann", new RecommendQuery { Count = count, Filter = filter ?? ItemFilter.None });
        return [.. list.Items.Select(item => item.Item)];
    }

    /// <summary>Advances the clock and waits for the generation that the window's turn makes.</summary>
    private static Task TurnAsync(InterestEngine engine, TimerClock clock, TimeSpan by)
    {
        ulong before = engine.GetStats().CatalogueGeneration;
        clock.Advance(by);
        clock.Fire();
        Assert.True(SpinWait.SpinUntil(
            () => engine.GetStats().CatalogueGeneration != before, TimeSpan.FromSeconds(30)));
        return Task.CompletedTask;
    }
}
