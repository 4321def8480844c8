using Ebb.Engine.Catalogue;
using Xunit;

namespace Ebb.Engine.Tests.Catalogue;

public sealed class CatalogueTableTests
{
    [Fact]
    public void IdTable_RandomAddsAndRemoves_FindsWhatADictionaryFinds()
    {
        var random = new Random(42);
        var table = new IdTable();
        var expected = new Dictionary<string, int>();
        table.EnsureRows(20_000);
        for (int row = 0; row < 20_000; row++)
        {
            byte[] id = new byte[random.Next(1, 65)];
            random.NextBytes(id);
            if (expected.TryAdd(Convert.ToHexString(id), row))
            {
                table.Add(row, id);
            }

            if (random.Next(3) == 0)
            {
                (string gone, int goneRow) = expected.First();
                expected.Remove(gone);
                table.Remove(goneRow);
                Assert.False(table.TryFind(Convert.FromHexString(gone), out _));
                Assert.True(table.Id(goneRow).IsEmpty);
            }
        }

        Assert.Equal(expected.Count, table.Count);
        foreach ((string id, int row) in expected)
        {
            Assert.True(table.TryFind(Convert.FromHexString(id), out int found));
            Assert.Equal(row, found);
            Assert.Equal(id, Convert.ToHexString(table.Id(row)));
        }
    }

    [Fact]
    public void IdTable_IdsDifferingOnlyInTrailingZeros_AreDifferent()
    {
        var table = new IdTable();
        table.EnsureRows(64);
        for (int length = 1; length <= 64; length++)
        {
            table.Add(length - 1, new byte[length]);
        }

        for (int length = 1; length <= 64; length++)
        {
            Assert.True(table.TryFind(new byte[length], out int row));
            Assert.Equal(length - 1, row);
        }
    }

    [Fact]
    public void TagStore_FreedSlots_AreUsedAgain()
    {
        var store = new TagStore();
        uint first = store.Add([1, 2, 3]);
        uint second = store.Add([4]);
        store.Free(first);
        Assert.NotEqual(first, store.Add([5, 6]));
        Assert.Equal(first, store.Add([7, 8, 9]));
        Assert.Equal([7u, 8u, 9u], store.Read(first).ToArray());
        Assert.Equal([4u], store.Read(second).ToArray());
        Assert.Equal(0u, store.Add([]));
        Assert.True(store.Read(0).IsEmpty);

        uint[] handles = [.. Enumerable.Range(0, 5000).Select(
            n => store.Add([.. Enumerable.Range(n, (n % 16) + 1).Select(x => (uint)x)]))];
        for (int n = 0; n < handles.Length; n++)
        {
            Assert.Equal((n % 16) + 1, store.Read(handles[n]).Length);
            Assert.Equal((uint)n, store.Read(handles[n])[0]);
        }
    }

    [Fact]
    public void RowRuns_RandomUse_IsASet()
    {
        var random = new Random(42);
        var runs = new RowRuns();
        var expected = new HashSet<int>();
        for (int step = 0; step < 2000; step++)
        {
            int row = random.Next(60);
            if (expected.Contains(row))
            {
                Assert.True(runs.Remove(row));
                expected.Remove(row);
            }
            else
            {
                Assert.False(runs.Remove(row));
                runs.Add(row);
                expected.Add(row);
            }

            Assert.Equal(expected.Count, runs.RowCount);
            Assert.Equal(
                expected.Order(), runs.Runs.SelectMany(run => Enumerable.Range(run.Start, run.Count)).Order());
        }

        while (runs.TryTake(out int taken))
        {
            Assert.True(expected.Remove(taken));
        }

        Assert.Empty(expected);
    }

    [Fact]
    public void CatalogueEntry_Put_LiesAsDocumented()
    {
        var buffer = new EntryBuffer();
        CatalogueEntry.AddPut(buffer, 0x0102030405060708, 0x11223344, new CodedItem
        {
            Id = "ab"u8,
            Vector = [1f, -2f],
            Codes = new ItemCodes { Category = 5, Brand = 6, Merchant = 7 },
            Tags = [9, 10],
            InStock = true,
        });

        const string expected = "01010102" + "02000000" + "0807060504030201" + "44332211" + "0200" + "0000"
            + "05000000" + "06000000" + "07000000" + "0000803F" + "000000C0" + "09000000" + "0A000000" + "6162";
        Assert.Equal(expected, Convert.ToHexString(buffer.Bytes));
        Assert.True(CatalogueEntry.TryRead(buffer.Bytes, out CatalogueEntry entry));
        float[] vector = new float[2];
        entry.ReadVector(vector);
        Assert.Equal([1f, -2f], vector);
        Assert.Equal([9u, 10u], entry.ReadTags(new uint[16]).ToArray());
        Assert.Equal("ab"u8, entry.Id);
        Assert.Equal((0x0102030405060708ul, 0x11223344, true), (entry.Change, entry.Row, entry.InStock));
        Assert.Equal((5u, 6u, 7u), (entry.Codes.Category, entry.Codes.Brand, entry.Codes.Merchant));
    }

    [Fact]
    public void CatalogueEntry_OtherKinds_LieAsDocumented()
    {
        var change = new StagedChange(3, 2) { PutCount = 4, RemoveCount = 5 };
        Assert.Equal("0102000000000000030000000000000007000000", Hex(b => CatalogueEntry.AddRemove(b, 3, 7)));
        Assert.Equal(
            "0103000000000000030000000000000006000000000000000400000005000000",
            Hex(b => CatalogueEntry.AddCommit(b, change, 6)));
        Assert.Equal("01040000000000000300000000000000", Hex(b => CatalogueEntry.AddAbort(b, 3)));
        Assert.Equal("0105030208000000C3A9", Hex(b => CatalogueEntry.AddDefine(b, AttributeKind.Tag, 8, "é")));
    }

    [Fact]
    public void CatalogueEntry_CutShortOrOfAnotherVersion_IsNotRead()
    {
        var buffer = new EntryBuffer();
        CatalogueEntry.AddPut(buffer, 1, 2, new CodedItem
        {
            Id = "abc"u8,
            Vector = [1f],
            Codes = default,
            Tags = [9],
            InStock = false,
        });
        byte[] bytes = buffer.Bytes.ToArray();
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.False(CatalogueEntry.TryRead(bytes.AsSpan(0, length), out _));
        }

        Assert.True(CatalogueEntry.TryRead(bytes, out _));
        bytes[0] = 2;
        Assert.False(CatalogueEntry.TryRead(bytes, out _));
    }

    private static string Hex(Action<EntryBuffer> add)
    {
        var buffer = new EntryBuffer();
        add(buffer);
        Assert.True(CatalogueEntry.TryRead(buffer.Bytes, out _));
        Assert.Equal([buffer.ByteCount], buffer.Lengths.ToArray());
        return Convert.ToHexString(buffer.Bytes);
    }
}
