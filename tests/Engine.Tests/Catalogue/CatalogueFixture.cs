using System.Globalization;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Tests.Forgetting;
using Ebb.Kernels.Memory;
using Xunit;

namespace Ebb.Engine.Tests.Catalogue;

/// <summary>Opens catalogues and tells what is in them.</summary>
internal static class CatalogueFixture
{
    public const int Dimension = 3;

    /// <summary>What the catalogues' clock shows.</summary>
    public const long NowMs = 1_700_000_000_000;

    public static CatalogueOptions Options(long budgetBytes = 1 << 20) => new()
    {
        Dimension = Dimension,
        Backend = new MatrixBackend(),
        Budget = new MemoryBudget(budgetBytes),
        Clock = new TimerClock(NowMs),
    };

    /// <summary>Everything in small pieces, so that a few items make several appends, writes and blocks.</summary>
    public static CatalogueOptions SmallPieces() => Options() with
    {
        AppendBytesTarget = 150,
        PendingBytesMax = 40,
        BaseBlockBytesTarget = 200,
    };

    public static ItemCatalogue Open(ListEventLog log, string? basePath = null, CatalogueOptions? options = null) =>
        ItemCatalogue.Open(options ?? Options(), log, basePath, out _);

    public static ItemPut Item(string id, float value = 1) => new(id, new[] { value, 0f, -value });

    /// <summary>An item about which everything follows from the random numbers.</summary>
    public static ItemPut RandomItem(Random random, string id) => new(id, RandomVector(random))
    {
        Category = Pick(random, "category", 5),
        Brand = Pick(random, "brand", 9),
        Merchant = Pick(random, "merchant", 3),
        Tags = [.. Enumerable.Range(0, random.Next(4)).Select(_ => Pick(random, "tag", 6) ?? "")],
        InStock = random.Next(4) != 0,
    };

    /// <summary>Some fields, windows on either side of now among them.</summary>
    public static ItemPatch RandomPatch(Random random, string id) => new(id)
    {
        InStock = random.Next(3) == 0 ? random.Next(2) == 0 : null,
        ValidFromMs = random.Next(3) == 0 ? NowMs + random.Next(-2, 3) : null,
        ValidUntilMs = random.Next(3) == 0 ? random.Next(2) * (NowMs + random.Next(-1, 3)) : null,
        Price = random.Next(3) == 0 ? random.Next(100) : null,
        RemovesPrice = random.Next(9) == 0,
    };

    /// <summary>Everything a caller can see, one line a row, in index order; for comparing catalogues.</summary>
    public static string Describe(ItemCatalogue catalogue)
    {
        using CatalogueLease lease = catalogue.Read();
        var lines = new List<string> { $"generation {lease.Generation} items {lease.ItemCount}" };
        ItemBitmap plain = lease.Excluded(ItemFilter.None);
        for (int row = 0; row < lease.Items.Count; row++)
        {
            Assert.Equal(
                !lease.IsLive(row) || !lease.InStock(row) || !lease.Shelf(row).IsOpen(NowMs), plain[row]);
            if (lease.Version(row) != 0)
            {
                lines.Add(DescribeRow(lease, row));
            }
        }

        lines.AddRange(catalogue.DescribeEdges().Order(StringComparer.Ordinal));
        return string.Join('\n', lines);
    }

    private static string DescribeRow(CatalogueLease lease, int row)
    {
        bool isFound = lease.TryFind(lease.Id(row), out int found);
        Assert.Equal(lease.IsLive(row), isFound && found == row);
        string vector = Join(lease.Vector(row));
        return $"{row} {Convert.ToHexString(lease.Id(row))} v{lease.Version(row)} live {lease.IsLive(row)}"
            + $" stock {lease.InStock(row)} {lease.CategoryCode(row)}={lease.Category(row)}"
            + $" {lease.BrandCode(row)}={lease.Brand(row)} {lease.MerchantCode(row)}={lease.Merchant(row)}"
            + $" shelf {lease.Shelf(row)} [{string.Join(',', lease.Tags(row))}] {vector}"
            + $" own {Join(lease.OwnVector(row))}";
    }

    private static string Join(ReadOnlySpan<float> vector) =>
        string.Join(' ', vector.ToArray().Select(x => x.ToString("R", CultureInfo.InvariantCulture)));

    private static float[] RandomVector(Random random) =>
        [random.NextSingle() - 0.5f, random.NextSingle() - 0.5f, random.NextSingle() - 0.5f];

    private static string? Pick(Random random, string name, int count) =>
        random.Next(count + 1) is var number && number == 0 ? null : $"{name}-{number}";
}
