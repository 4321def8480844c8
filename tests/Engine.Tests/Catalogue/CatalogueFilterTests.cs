using Ebb.Engine.Catalogue;
using Ebb.Kernels.Memory;
using Xunit;
using static Ebb.Engine.Tests.Catalogue.CatalogueFixture;

namespace Ebb.Engine.Tests.Catalogue;

public sealed class CatalogueFilterTests
{
    private static readonly string[] KindNames = ["category", "brand", "merchant", "tag"];

    [Fact]
    public async Task Excluded_RandomFiltersAndChanges_IsWhatThePlainReferenceSays()
    {
        var random = new Random(42);
        using ItemCatalogue catalogue = Open(new ListEventLog());
        ItemFilter[] filters = [.. Enumerable.Range(0, 40).Select(_ => RandomFilter(random))];
        for (int round = 0; round < 60; round++)
        {
            // More and more ids: bitmaps kept from earlier rounds must grow and follow.
            int idCount = 20 + (round * 5);
            using CatalogueChange change = catalogue.BeginChange();
            for (int step = random.Next(1, 12); step > 0; step--)
            {
                string id = $"id-{random.Next(idCount)}";
                _ = random.Next(5) == 0 ? change.Remove(id) : change.Put(RandomItem(random, id));
            }

            await change.PublishAsync();
            using CatalogueLease lease = catalogue.Read();
            foreach (ItemFilter filter in filters.Where(_ => random.Next(3) == 0))
            {
                AssertExcluded(lease, filter);
            }
        }
    }

    [Fact]
    public async Task Excluded_AllowValueNobodyHas_MatchesNothingUntilAnItemBringsIt()
    {
        using ItemCatalogue catalogue = Open(new ListEventLog());
        await catalogue.PutAsync([Item("a") with { Category = "known" }, Item("b")]);
        var filter = new ItemFilter { Allow = [new AttributeValue(AttributeKind.Category, "coming")] };
        var empty = new ItemFilter { Allow = [new AttributeValue(AttributeKind.Category, "")] };
        var deny = new ItemFilter { Deny = [new AttributeValue(AttributeKind.Category, "coming")] };
        Assert.Equal([true, true], Bits(catalogue, filter, 2));
        Assert.Equal([true, true], Bits(catalogue, empty, 2));
        Assert.Equal([false, false], Bits(catalogue, deny, 2));

        await catalogue.PutAsync([Item("b") with { Category = "coming" }]);
        Assert.Equal([true, false], Bits(catalogue, filter, 2));
        Assert.Equal([true, true], Bits(catalogue, empty, 2));
        Assert.Equal([false, true], Bits(catalogue, deny, 2));
    }

    [Fact]
    public async Task Excluded_EqualFilters_ShareOneBitmapAndTheOldestGoesFirst()
    {
        using ItemCatalogue catalogue = Open(new ListEventLog(), options: Options() with { FilterCountMax = 2 });
        await catalogue.PutAsync([Item("a") with { Category = "x", Brand = "y" }]);
        using CatalogueLease lease = catalogue.Read();
        ItemBitmap first = lease.Excluded(Allow("x"));
        Assert.Same(first, lease.Excluded(Allow("x")));
        lease.Excluded(Allow("second"));
        Assert.Same(first, lease.Excluded(Allow("x")));
        lease.Excluded(Allow("third"));
        Assert.Same(first, lease.Excluded(Allow("x")));
        Assert.Equal(2, catalogue.Filters.Count);
        Assert.NotSame(first, lease.Excluded(Allow("x") with { IncludeOutOfStock = true }));
    }

    [Fact]
    public async Task Excluded_CallersListChangesAfterwards_KeptBitmapDoesNot()
    {
        using ItemCatalogue catalogue = Open(new ListEventLog());
        await catalogue.PutAsync([Item("a") with { Category = "x" }, Item("b") with { Category = "y" }]);
        var values = new List<AttributeValue> { new(AttributeKind.Category, "x") };
        var filter = new ItemFilter { Allow = values };
        Assert.Equal([false, true], Bits(catalogue, filter, 2));
        values[0] = new AttributeValue(AttributeKind.Category, "y");
        Assert.Equal([true, false], Bits(catalogue, filter, 2));
        Assert.Equal([false, true], Bits(catalogue, Allow("x"), 2));
    }

    [Fact]
    public async Task Excluded_LargeChange_DropsKeptBitmapsAndIsRight()
    {
        var random = new Random(42);
        using ItemCatalogue catalogue = Open(new ListEventLog(), options: Options(8 << 20));
        ItemFilter[] filters = [.. Enumerable.Range(0, 20).Select(_ => RandomFilter(random))];
        await catalogue.PutAsync([.. Enumerable.Range(0, 500).Select(n => RandomItem(random, $"{n}"))]);
        AssertAll(catalogue, filters);
        int countBefore = catalogue.Filters.Count;
        Assert.True(countBefore * 8000 > 1 << 16);

        await catalogue.PutAsync([.. Enumerable.Range(0, 8000).Select(n => RandomItem(random, $"{n}"))]);
        Assert.Equal(0, catalogue.Filters.Count);
        AssertAll(catalogue, filters);
    }

    private static ItemFilter Allow(string category) =>
        new() { Allow = [new AttributeValue(AttributeKind.Category, category)] };

    private static bool[] Bits(ItemCatalogue catalogue, ItemFilter filter, int rowCount)
    {
        using CatalogueLease lease = catalogue.Read();
        ItemBitmap excluded = lease.Excluded(filter);
        return [.. Enumerable.Range(0, rowCount).Select(row => excluded[row])];
    }

    private static void AssertAll(ItemCatalogue catalogue, ItemFilter[] filters)
    {
        using CatalogueLease lease = catalogue.Read();
        foreach (ItemFilter filter in filters)
        {
            AssertExcluded(lease, filter);
        }
    }

    private static void AssertExcluded(CatalogueLease lease, ItemFilter filter)
    {
        ItemBitmap excluded = lease.Excluded(filter);
        Assert.True(excluded.Words.Length * 64 >= lease.Items.Count);
        for (int row = 0; row < lease.Items.Count; row++)
        {
            Assert.Equal(!IsWanted(lease, row, filter), excluded[row]);
        }
    }

    private static bool IsWanted(CatalogueLease lease, int row, ItemFilter filter)
    {
        if (!lease.IsLive(row) || (!lease.InStock(row) && !filter.IncludeOutOfStock))
        {
            return false;
        }

        IEnumerable<AttributeValue> tags = lease.Tags(row).Select(tag => new AttributeValue(AttributeKind.Tag, tag));
        var values = new HashSet<AttributeValue>(tags)
        {
            new(AttributeKind.Category, lease.Category(row)!),
            new(AttributeKind.Brand, lease.Brand(row)!),
            new(AttributeKind.Merchant, lease.Merchant(row)!),
        };
        return filter.Allow.GroupBy(value => value.Kind).All(kind => kind.Any(values.Contains))
            && !filter.Deny.Any(values.Contains);
    }

    private static ItemFilter RandomFilter(Random random) => new()
    {
        Allow = RandomValues(random, 3),
        Deny = RandomValues(random, 2),
        IncludeOutOfStock = random.Next(3) == 0,
    };

    private static AttributeValue[] RandomValues(Random random, int countMax) =>
        [.. Enumerable.Range(0, random.Next(countMax + 1)).Select(_ => RandomValue(random))];

    private static AttributeValue RandomValue(Random random)
    {
        int kind = random.Next(4);
        return new AttributeValue((AttributeKind)kind, $"{KindNames[kind]}-{random.Next(1, 11)}");
    }
}
