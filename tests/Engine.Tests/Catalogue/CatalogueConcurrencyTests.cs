using Ebb.Engine.Catalogue;
using Xunit;
using static Ebb.Engine.Tests.Catalogue.CatalogueFixture;

namespace Ebb.Engine.Tests.Catalogue;

public sealed class CatalogueConcurrencyTests
{
    private const int ItemCount = 40;
    private const int ChangeCount = 300;

    /// <summary>
    /// Each change gives all live items one marker (vector, category) and rotates which ids are live, so any mixture of
    /// two generations shows in a lease.
    /// </summary>
    [Fact]
    public async Task Read_WhileChangesArePublished_NeverSeesHalfAChange()
    {
        using ItemCatalogue catalogue = Open(new ListEventLog(), options: SmallPieces());
        await ChangeAsync(catalogue, 0);
        bool isDone = false;
        Task<int>[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            int readCount = 0;
            while (!Volatile.Read(ref isDone) || readCount == 0)
            {
                AssertWhole(catalogue);
                readCount++;
            }

            return readCount;
        }))];
        try
        {
            await Task.Run(async () =>
            {
                for (int number = 1; number < ChangeCount; number++)
                {
                    await ChangeAsync(catalogue, number);
                }
            });
        }
        finally
        {
            Volatile.Write(ref isDone, true);
        }

        int[] readCounts = await Task.WhenAll(readers);
        Assert.All(readCounts, count => Assert.True(count > 0));
        Assert.Equal((ulong)ChangeCount, catalogue.Generation);
    }

    [Fact]
    public async Task Publish_ManyThreadsOwnIds_EveryChangeIsThereAndReplays()
    {
        var log = new ListEventLog();
        using ItemCatalogue catalogue = Open(log, options: SmallPieces());
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (int number = 0; number < 50; number++)
            {
                using CatalogueChange change = catalogue.BeginChange();
                change.Put(Item($"{writer}-{number}", number));
                change.Put(Item("shared", (writer * 50) + number));
                if (number % 3 != 0)
                {
                    await change.PublishAsync();
                }
            }
        })));

        using (CatalogueLease lease = catalogue.Read())
        {
            Assert.Equal((4 * 33) + 1, lease.ItemCount);
            Assert.Equal(4 * 33ul, lease.Generation);
        }

        using ItemCatalogue replayed = Open(log.CutAfter(log.Tail), options: SmallPieces());
        Assert.Equal(Describe(catalogue), Describe(replayed));
    }

    private static async Task ChangeAsync(ItemCatalogue catalogue, int number)
    {
        using CatalogueChange change = catalogue.BeginChange();
        for (int item = 0; item < ItemCount; item++)
        {
            string id = $"{item}";
            _ = (item + number) % 3 == 0
                ? change.Remove(id)
                : change.Put(Item(id, number) with { Category = $"{number}", InStock = (item & 1) == 0 });
        }

        await change.PublishAsync();
    }

    private static void AssertWhole(ItemCatalogue catalogue)
    {
        using CatalogueLease lease = catalogue.Read();
        int number = (int)lease.Generation - 1;
        var ofThisChange = new ItemFilter { Allow = [new AttributeValue(AttributeKind.Category, $"{number}")] };
        var excluded = lease.Excluded(ofThisChange);
        int liveCount = 0;
        for (int item = 0; item < ItemCount; item++)
        {
            bool isLive = lease.TryFind(System.Text.Encoding.UTF8.GetBytes($"{item}"), out int index);
            Assert.Equal((item + number) % 3 != 0, isLive);
            if (isLive)
            {
                liveCount++;
                Assert.Equal((number, -number), (lease.Vector(index)[0], lease.Vector(index)[2]));
                Assert.Equal((lease.Generation, $"{number}"), (lease.Version(index), lease.Category(index)));
                Assert.Equal((item & 1) != 0, excluded[index]);
            }
        }

        Assert.Equal(liveCount, lease.ItemCount);
        Assert.Equal(lease.Generation, (ulong)number + 1);
    }
}
