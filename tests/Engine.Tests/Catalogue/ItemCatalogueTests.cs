using Ebb.Engine.Catalogue;
using Ebb.Engine.Log;
using Xunit;
using static Ebb.Engine.Tests.Catalogue.CatalogueFixture;

namespace Ebb.Engine.Tests.Catalogue;

public sealed class ItemCatalogueTests
{
    [Fact]
    public async Task PutAsync_BadItemsAmongGood_EachHasItsStatusAndTheRestIsPut()
    {
        var log = new ListEventLog();
        using ItemCatalogue catalogue = Open(log);
        string longText = new('x', 65);

        ItemChangeReply reply = await catalogue.PutAsync(
        [
            Item("good"),
            Item(""),
            new ItemPut(new OpaqueId(new byte[65]), new float[Dimension]),
            new ItemPut("short vector", new float[Dimension - 1]),
            Item("not a number", float.NaN),
            Item("infinite", float.NegativeInfinity),
            Item("long category") with { Category = longText },
            Item("long brand") with { Brand = longText },
            Item("long merchant") with { Merchant = new string('é', 33) },
            Item("long tag") with { Tags = ["fine", longText] },
            Item("many tags") with { Tags = [.. Enumerable.Range(0, 17).Select(n => $"t{n}")] },
            Item("half a character") with { Brand = "\ud800" },
            Item("also good") with
            {
                Category = new string('x', 64),
                Tags = [.. Enumerable.Range(0, 16).Select(n => $"t{n}")],
            },
        ]);

        EntryStatus[] expected =
        [
            EntryStatus.Ok, EntryStatus.IdLength, EntryStatus.IdLength, EntryStatus.WrongDimension,
            EntryStatus.NotFinite, EntryStatus.NotFinite, EntryStatus.AttributeTooLong, EntryStatus.AttributeTooLong,
            EntryStatus.AttributeTooLong, EntryStatus.AttributeTooLong, EntryStatus.AttributeTooLong,
            EntryStatus.Malformed, EntryStatus.Ok,
        ];
        Assert.Equal(expected, reply.Statuses);
        Assert.Equal(1ul, reply.Generation);
        using CatalogueLease lease = catalogue.Read();
        Assert.Equal(2, lease.ItemCount);
        Assert.True(lease.TryFind("also good"u8, out int index));
        Assert.Equal(16, lease.Tags(index).Length);
    }

    [Fact]
    public async Task PutAsync_Attributes_ReadBackAsTexts()
    {
        using ItemCatalogue catalogue = Open(new ListEventLog());
        await catalogue.PutAsync([
            Item("a") with
            {
                Category = "books",
                Brand = "Ünic",
                Merchant = "m",
                Tags = ["x", "y", "x", ""],
                InStock = false,
            },
            Item("b")]);

        using CatalogueLease lease = catalogue.Read();
        Assert.True(lease.TryFind("a"u8, out int a));
        Assert.Equal(("books", "Ünic", "m"), (lease.Category(a), lease.Brand(a), lease.Merchant(a)));
        Assert.Equal(["x", "y"], lease.Tags(a));
        Assert.False(lease.InStock(a));
        Assert.True(lease.TryFind("b"u8, out int b));
        Assert.Equal((null, null, null), (lease.Category(b), lease.Brand(b), lease.Merchant(b)));
        Assert.Empty(lease.Tags(b));
        Assert.Equal([1f, 0f, -1f], lease.Vector(b).ToArray());
    }

    [Fact]
    public async Task RemoveAsync_ThenPutAgain_IndexIsTheSameAndVersionNew()
    {
        using ItemCatalogue catalogue = Open(new ListEventLog());
        await catalogue.PutAsync([Item("a"), Item("b"), Item("c")]);

        ItemChangeReply removed = await catalogue.RemoveAsync(["b", "unknown", "", "b"]);
        Assert.Equal(
            [EntryStatus.Ok, EntryStatus.UnknownItem, EntryStatus.IdLength, EntryStatus.UnknownItem], removed.Statuses);
        using (CatalogueLease lease = catalogue.Read())
        {
            Assert.False(lease.TryFind("b"u8, out _));
            Assert.Equal("b"u8, lease.Id(1));
            Assert.Equal((2ul, 2), (lease.Generation, lease.ItemCount));
            Assert.Equal(1ul, lease.Version(1));
        }

        await catalogue.PutAsync([Item("d"), Item("b", 7)]);
        using (CatalogueLease lease = catalogue.Read())
        {
            Assert.True(lease.TryFind("b"u8, out int index));
            Assert.Equal((1, 3ul, 7f), (index, lease.Version(index), lease.Vector(index)[0]));
            Assert.True(lease.TryFind("d"u8, out int indexOfNew));
            Assert.Equal(3, indexOfNew);
        }
    }

    [Fact]
    public async Task PublishAsync_StagedItems_AreUnseenUntilThen()
    {
        using ItemCatalogue catalogue = Open(new ListEventLog());
        await catalogue.PutAsync([Item("old", 1), Item("gone", 1)]);
        string before = Describe(catalogue);

        using CatalogueChange change = catalogue.BeginChange();
        Assert.Equal(EntryStatus.Ok, change.Put(Item("old", 2)));
        Assert.Equal(EntryStatus.Ok, change.Put(Item("new", 2)));
        Assert.Equal(EntryStatus.Ok, change.Remove("gone"));
        Assert.Equal(EntryStatus.UnknownItem, change.Remove("gone"));
        Assert.Equal(before, Describe(catalogue));

        Assert.Equal(2ul, await change.PublishAsync());
        using CatalogueLease lease = catalogue.Read();
        Assert.True(lease.TryFind("old"u8, out int old));
        Assert.True(lease.TryFind("new"u8, out int added));
        Assert.False(lease.TryFind("gone"u8, out _));
        Assert.Equal((2f, 2f), (lease.Vector(old)[0], lease.Vector(added)[0]));
        Assert.Equal((2ul, 2ul), (lease.Version(old), lease.Version(added)));
    }

    [Fact]
    public async Task PublishAsync_SameIdStagedRepeatedly_LastWordCounts()
    {
        using ItemCatalogue catalogue = Open(new ListEventLog());
        using CatalogueChange change = catalogue.BeginChange();
        change.Put(Item("twice", 1));
        change.Put(Item("twice", 2));
        change.Put(Item("taken back", 1));
        Assert.Equal(EntryStatus.Ok, change.Remove("taken back"));
        change.Put(Item("back again", 1));
        change.Remove("back again");
        change.Put(Item("back again", 3));
        await change.PublishAsync();

        using CatalogueLease lease = catalogue.Read();
        Assert.Equal(2, lease.ItemCount);
        Assert.True(lease.TryFind("twice"u8, out int twice));
        Assert.True(lease.TryFind("back again"u8, out int back));
        Assert.Equal((2f, 3f), (lease.Vector(twice)[0], lease.Vector(back)[0]));
        Assert.False(lease.TryFind("taken back"u8, out _));
    }

    [Fact]
    public async Task PublishAsync_NothingStaged_GenerationStays()
    {
        var log = new ListEventLog();
        using ItemCatalogue catalogue = Open(log);
        await catalogue.PutAsync([Item("a")]);
        ulong tail = log.Tail;

        Assert.Equal(1ul, await catalogue.BeginChange().PublishAsync());
        Assert.Equal(1ul, (await catalogue.PutAsync([Item("")])).Generation);
        Assert.Equal(tail, log.Tail);
    }

    [Fact]
    public async Task Dispose_WithoutPublish_RowsAreTakenByOthers()
    {
        using ItemCatalogue catalogue = Open(new ListEventLog());
        using (CatalogueChange dropped = catalogue.BeginChange())
        {
            dropped.Put(Item("x"));
            dropped.Put(Item("y"));
        }

        await catalogue.PutAsync([Item("a"), Item("b"), Item("c")]);
        using CatalogueLease lease = catalogue.Read();
        Assert.Equal(3, lease.Items.Count);
        Assert.Equal("a"u8, lease.Id(0));
        Assert.False(lease.TryFind("x"u8, out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PublishAsync_TwoChangesStageOneNewId_LastPublishWins(bool isFirstPublishedFirst)
    {
        using ItemCatalogue catalogue = Open(new ListEventLog());
        using CatalogueChange first = catalogue.BeginChange();
        using CatalogueChange second = catalogue.BeginChange();
        first.Put(Item("shared", 1) with { Category = "of first" });
        first.Put(Item("only first", 1));
        second.Put(Item("shared", 2) with { Category = "of second" });

        await (isFirstPublishedFirst ? first : second).PublishAsync();
        AssertShared(catalogue, isFirstPublishedFirst ? 1 : 2);
        await (isFirstPublishedFirst ? second : first).PublishAsync();
        AssertShared(catalogue, isFirstPublishedFirst ? 2 : 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dispose_OfOneOfTwoChangesWithOneNewId_OtherKeepsIt(bool isFirstDropped)
    {
        using ItemCatalogue catalogue = Open(new ListEventLog());
        using CatalogueChange first = catalogue.BeginChange();
        using CatalogueChange second = catalogue.BeginChange();
        first.Put(Item("shared", 1) with { Category = "of first" });
        second.Put(Item("shared", 2) with { Category = "of second" });

        (isFirstDropped ? first : second).Dispose();
        using (CatalogueLease lease = catalogue.Read())
        {
            Assert.False(lease.TryFind("shared"u8, out _));
        }

        await catalogue.PutAsync([Item("other")]);
        await (isFirstDropped ? second : first).PublishAsync();
        AssertShared(catalogue, isFirstDropped ? 2 : 1);
        using CatalogueLease after = catalogue.Read();
        Assert.Equal(2, after.ItemCount);
    }

    [Fact]
    public async Task Put_BudgetSpent_IsRefusedAndWhatFitsIsPut()
    {
        var log = new ListEventLog();
        using ItemCatalogue catalogue = Open(log, options: Options(4 * Dimension * sizeof(float)));
        ItemChangeReply reply = await catalogue.PutAsync([.. Enumerable.Range(0, 6).Select(n => Item($"item {n}"))]);

        Assert.Equal(4, reply.Statuses.Count(status => status == EntryStatus.Ok));
        Assert.Equal([EntryStatus.OutOfMemory, EntryStatus.OutOfMemory], reply.Statuses.Skip(4));
        using (CatalogueLease lease = catalogue.Read())
        {
            Assert.Equal(4, lease.ItemCount);
        }

        // A replacement waits aside, for which there is no memory either; removing needs none.
        Assert.Equal(EntryStatus.OutOfMemory, (await catalogue.PutAsync([Item("item 0", 2)])).Statuses[0]);
        Assert.Equal(EntryStatus.Ok, (await catalogue.RemoveAsync(["item 0"])).Statuses[0]);
    }

    [Fact]
    public async Task Put_ReplacementsStagedAndPublished_GiveTheirMemoryBack()
    {
        const int rowBytes = Dimension * sizeof(float);
        using ItemCatalogue catalogue = Open(new ListEventLog(), options: Options(3 * rowBytes));
        await catalogue.PutAsync([Item("a"), Item("b")]);
        for (int round = 0; round < 5; round++)
        {
            using CatalogueChange change = catalogue.BeginChange();
            Assert.Equal(EntryStatus.Ok, change.Put(Item("a", round)));
            Assert.Equal(EntryStatus.Ok, change.Put(Item("a", round + 1)));
            Assert.Equal(EntryStatus.OutOfMemory, change.Put(Item("b", round)));
            if (round % 2 == 0)
            {
                await change.PublishAsync();
            }
        }

        using CatalogueLease lease = catalogue.Read();
        Assert.Equal((5f, 1f), (lease.Vector(0)[0], lease.Vector(1)[0]));
        Assert.Equal(2 * rowBytes, catalogue.Options.Budget.ReservedBytes);
    }

    [Theory]
    [InlineData(AppendOutcome.Refused)]
    [InlineData(AppendOutcome.Fenced)]
    [InlineData(AppendOutcome.Conflict)]
    [InlineData(AppendOutcome.Unknown)]
    public async Task PublishAsync_LogDoesNotAppend_NothingIsShownAndLaterChangesAreRefused(AppendOutcome outcome)
    {
        var log = new ListEventLog { Outcome = outcome };
        using ItemCatalogue catalogue = Open(log);
        await catalogue.PutAsync([Item("a")]);
        string before = Describe(catalogue);
        log.AppendsLeft = 0;

        using CatalogueChange change = catalogue.BeginChange();
        Assert.Equal(EntryStatus.Ok, change.Put(Item("b")));
        var refused = await Assert.ThrowsAsync<CatalogueRefusedException>(() => change.PublishAsync());
        Assert.Equal(EntryStatus.StorageFailed, refused.Status);

        ItemChangeReply reply = await catalogue.PutAsync([Item("c"), Item("")]);
        Assert.Equal([EntryStatus.StorageFailed, EntryStatus.IdLength], reply.Statuses);
        Assert.Equal(1ul, reply.Generation);
        Assert.Equal([EntryStatus.StorageFailed], (await catalogue.RemoveAsync(["a"])).Statuses);
        Assert.Equal(before, Describe(catalogue));
    }

    [Fact]
    public async Task PublishAsync_SyncFails_NothingIsShownAndLaterChangesAreRefused()
    {
        var log = new ListEventLog();
        using ItemCatalogue catalogue = Open(log);
        await catalogue.PutAsync([Item("a")]);
        Assert.Equal(1, log.CommitCount);
        string before = Describe(catalogue);

        log.FailCommits = true;
        ItemChangeReply reply = await catalogue.PutAsync([Item("b")]);
        Assert.Equal([EntryStatus.StorageFailed], reply.Statuses);
        Assert.Equal(before, Describe(catalogue));

        // The log held a Commit that nobody was shown: another one of that generation must not follow it.
        log.FailCommits = false;
        ulong tail = log.Tail;
        Assert.Equal([EntryStatus.StorageFailed], (await catalogue.PutAsync([Item("c")])).Statuses);
        Assert.Equal(tail, log.Tail);
    }

    [Fact]
    public async Task ItemsKnown_NewAndRevived_AreToldAfterPublish()
    {
        using ItemCatalogue catalogue = Open(new ListEventLog());
        var known = new List<int>();
        catalogue.ItemsKnown += rows =>
        {
            using CatalogueLease lease = catalogue.Read();
            foreach (int row in rows.Span)
            {
                Assert.True(lease.IsLive(row));
                known.Add(row);
            }
        };

        await catalogue.PutAsync([Item("a"), Item("b")]);
        Assert.Equal([0, 1], known);
        known.Clear();
        await catalogue.PutAsync([Item("b", 2)]);
        await catalogue.RemoveAsync(["a"]);
        Assert.Empty(known);
        await catalogue.PutAsync([Item("a", 3), Item("c")]);
        Assert.Equal([0, 2], known.Order());
    }

    private static void AssertShared(ItemCatalogue catalogue, float value)
    {
        using CatalogueLease lease = catalogue.Read();
        Assert.True(lease.TryFind("shared"u8, out int index));
        Assert.Equal(value, lease.Vector(index)[0]);
        Assert.Equal(value == 1 ? "of first" : "of second", lease.Category(index));
        Assert.Equal(lease.Generation, lease.Version(index));
    }
}
