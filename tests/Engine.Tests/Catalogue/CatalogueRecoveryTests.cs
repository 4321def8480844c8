using Ebb.Engine.Catalogue;
using Xunit;
using static Ebb.Engine.Tests.Catalogue.CatalogueFixture;

namespace Ebb.Engine.Tests.Catalogue;

public sealed class CatalogueRecoveryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ebb-catalogue-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Open_LogCutAtEveryEntry_IsTheStateOfTheLastCommit()
    {
        var log = new ListEventLog();
        var script = new CatalogueScript(new Random(42));
        using (ItemCatalogue catalogue = Open(log, options: SmallPieces()))
        {
            script.Remember(catalogue);
            await script.RunAsync(catalogue, 500);
        }

        Assert.InRange(script.States.Count, 15, 500);
        for (ulong tail = 0; tail <= log.Tail; tail++)
        {
            using ItemCatalogue recovered = Open(log.CutAfter(tail), options: SmallPieces());
            Assert.Equal(script.StateAt(tail), Describe(recovered));
        }
    }

    [Fact]
    public async Task Open_AfterCrashesInTheMiddle_GoesOnAndReplaysTheSame()
    {
        var random = new Random(42);
        var script = new CatalogueScript(random);
        var log = new ListEventLog();
        for (int round = 0; round < 12; round++)
        {
            using ItemCatalogue catalogue = Open(log, options: SmallPieces());
            script.Remember(catalogue);
            Assert.Equal(script.StateAt(log.Tail), Describe(catalogue));
            await script.RunAsync(catalogue, 80);
            log = log.CutAfter(log.Tail - (ulong)random.Next(10));
            script.Crash(log.Tail);
        }

        using ItemCatalogue last = Open(log.CutAfter(log.Tail), options: SmallPieces());
        Assert.Equal(script.StateAt(log.Tail), Describe(last));
    }

    [Fact]
    public async Task Open_BaseAndLogAfterIt_IsTheSameAsTheWholeLog()
    {
        var random = new Random(42);
        var script = new CatalogueScript(random);
        var log = new ListEventLog();
        string? basePath = null;
        for (int round = 0; round < 12; round++)
        {
            using ItemCatalogue catalogue = Open(log, basePath, SmallPieces());
            script.Remember(catalogue);
            using (ItemCatalogue full = Open(log.CutAfter(log.Tail), options: SmallPieces()))
            {
                Assert.Equal(Describe(full), Describe(catalogue));
            }

            await script.RunAsync(catalogue, random.Next(100));
            basePath = Path.Combine(_folder, $"base-{round}");
            CatalogueBaseInfo info = await catalogue.WriteBaseAsync(basePath, TestContext.Current.CancellationToken);
            Assert.Equal(catalogue.Generation, info.Generation);
            ulong covered = log.Tail;
            await script.RunAsync(catalogue, random.Next(100));
            log = log.CutAfter(covered + (ulong)random.Next((int)(log.Tail - covered) + 1));
            script.Crash(log.Tail);

            ListEventLog trimmed = log.CutAfter(log.Tail);
            trimmed.TrimBelow(0xFFFF, info.ReplaySequence);
            using ItemCatalogue fromBase = Open(trimmed, basePath, SmallPieces());
            Assert.Equal(script.StateAt(log.Tail), Describe(fromBase));
        }
    }

    [Fact]
    public async Task WriteBaseAsync_ChangesBetweenItsBlocks_BaseAndLogAreTheLatestState()
    {
        var random = new Random(42);
        for (int round = 0; round < 40; round++)
        {
            var log = new ListEventLog();
            var script = new CatalogueScript(random);
            using ItemCatalogue catalogue = Open(log, options: SmallPieces());
            await script.RunAsync(catalogue, 60);
            string path = Path.Combine(_folder, $"fuzzy-{round}");
            using (var stream = new CallbackStream(path, () => script.RunAsync(catalogue, 10).GetAwaiter().GetResult()))
            {
                await catalogue.WriteBaseAsync(stream, TestContext.Current.CancellationToken);
                Assert.InRange(stream.WriteCount, 4, 200);
            }

            using ItemCatalogue full = Open(log.CutAfter(log.Tail), options: SmallPieces());
            using ItemCatalogue fromBase = Open(log.CutAfter(log.Tail), path, SmallPieces());
            Assert.Equal(Describe(catalogue), Describe(full));
            Assert.Equal(Describe(catalogue), Describe(fromBase));
        }
    }

    [Fact]
    public async Task TryGetVector_EveryVersionSinceTheBase_IsTheVectorOfThen()
    {
        var log = new ListEventLog();
        var script = new CatalogueScript(new Random(42));
        string basePath = Path.Combine(_folder, "base");
        ulong baseGeneration;
        string atBase;
        using (ItemCatalogue catalogue = Open(log, options: SmallPieces()))
        {
            await script.RunAsync(catalogue, 200);
            baseGeneration = (await catalogue.WriteBaseAsync(basePath)).Generation;
            atBase = Describe(catalogue);
            await script.RunAsync(catalogue, 300);
        }

        using ItemCatalogue full = ItemCatalogue.Open(SmallPieces(), log, null, out CatalogueHistory wholeHistory);
        using ItemCatalogue tail = ItemCatalogue.Open(
            SmallPieces(), log, basePath, out CatalogueHistory historySinceBase);
        Assert.True(wholeHistory.SupersededCount > historySinceBase.SupersededCount);
        foreach (((int index, ulong version), float[] vector) in script.Vectors)
        {
            Assert.True(wholeHistory.TryGetVector(index, version, out ReadOnlySpan<float> found));
            Assert.Equal(vector, found.ToArray());
            if (version > baseGeneration || RowOf(atBase, index).Contains($" v{version} "))
            {
                Assert.True(historySinceBase.TryGetVector(index, version, out found));
                Assert.Equal(vector, found.ToArray());
            }
        }

        Assert.False(wholeHistory.TryGetVector(0, ulong.MaxValue, out _));
        Assert.False(wholeHistory.TryGetVector(-1, 1, out _));
    }

    [Fact]
    public async Task Open_BaseDamagedAnywhere_SaysSoAndDoesNotStart()
    {
        var log = new ListEventLog();
        string path = Path.Combine(_folder, "base");
        using (ItemCatalogue catalogue = Open(log, options: SmallPieces()))
        {
            await new CatalogueScript(new Random(42)).RunAsync(catalogue, 60);
            await catalogue.WriteBaseAsync(path, TestContext.Current.CancellationToken);
        }

        byte[] bytes = File.ReadAllBytes(path);
        for (int at = 0; at < bytes.Length; at += at < 40 ? 1 : 7)
        {
            // Bytes 12 to 15 are zero and mean nothing yet.
            if (at is >= 12 and < 16)
            {
                continue;
            }

            byte[] flipped = [.. bytes];
            flipped[at] ^= 0x10;
            AssertRefused(log, path, flipped);
            AssertRefused(log, path, bytes[..at]);
        }
    }

    [Fact]
    public async Task Open_OtherDimension_SaysWhichIsNeeded()
    {
        var log = new ListEventLog();
        string path = Path.Combine(_folder, "base");
        using (ItemCatalogue catalogue = Open(log))
        {
            await catalogue.PutAsync([Item("a")]);
            await catalogue.WriteBaseAsync(path, TestContext.Current.CancellationToken);
        }

        CatalogueOptions other = Options() with { Dimension = Dimension + 1 };
        Assert.Contains("dimension 3", Assert.Throws<EngineStartException>(() => Open(log, null, other)).Message);
        Assert.Contains("dimension 3", Assert.Throws<EngineStartException>(() => Open(log, path, other)).Message);
    }

    [Fact]
    public async Task Open_LogAndBaseDoNotMeet_IsRefused()
    {
        var log = new ListEventLog();
        string path = Path.Combine(_folder, "base");
        using (ItemCatalogue catalogue = Open(log))
        {
            await catalogue.PutAsync([Item("a")]);
            await catalogue.WriteBaseAsync(path, TestContext.Current.CancellationToken);
            await catalogue.PutAsync([Item("b")]);
            await catalogue.PutAsync([Item("c")]);
        }

        Assert.Throws<EngineStartException>(() => Open(log.CutAfter(1), path));
        ListEventLog trimmed = log.CutAfter(log.Tail);
        trimmed.TrimBelow(0xFFFF, log.Tail);
        Assert.Throws<EngineStartException>(() => Open(trimmed, path));
        Assert.Throws<EngineStartException>(() => Open(log.CutAfter(log.Tail), Path.Combine(_folder, "absent")));
    }

    [Fact]
    public async Task Open_MoreThanTheBudget_IsRefused()
    {
        var log = new ListEventLog();
        using (ItemCatalogue catalogue = Open(log))
        {
            await catalogue.PutAsync([Item("a"), Item("b")]);
        }

        var tooSmall = Options(budgetBytes: Dimension * sizeof(float));
        Assert.Contains("memory", Assert.Throws<EngineStartException>(() => Open(log, null, tooSmall)).Message);
        Assert.Equal(0, tooSmall.Budget.ReservedBytes);
    }

    private static string RowOf(string description, int index) =>
        description.Split('\n').FirstOrDefault(line => line.StartsWith($"{index} ", StringComparison.Ordinal)) ?? "";

    private static void AssertRefused(ListEventLog log, string path, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        var refused = Assert.Throws<EngineStartException>(() => Open(log.CutAfter(log.Tail), path, SmallPieces()));
        Assert.DoesNotContain('\n', refused.Message);
    }
}
