using Ebb.Engine.Catalogue;
using Ebb.Engine.Log;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Memory;
using Xunit;
using static Ebb.Engine.Tests.Catalogue.CatalogueFixture;

namespace Ebb.Engine.Tests.Catalogue;

/// <summary>The catalogue with what it has in service: the log on disk and the CPU backend's matrix.</summary>
public sealed class CatalogueOnDiskTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ebb-catalogue-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Open_AfterClose_EverythingIsThere()
    {
        using var backend = new CpuBackend(1);
        var options = SmallPieces() with { Backend = backend, Budget = new MemoryBudget(64 << 20) };
        var script = new CatalogueScript(new Random(42));
        string basePath = Path.Combine(_folder, "items");
        string last;
        await using (FasterEventLog log = OpenLog())
        {
            using ItemCatalogue catalogue = ItemCatalogue.Open(options, log, null, out _);
            await script.RunAsync(catalogue, 150);
            await catalogue.WriteBaseAsync(basePath, TestContext.Current.CancellationToken);
            await script.RunAsync(catalogue, 150);
            last = Describe(catalogue);
        }

        foreach (string? path in new[] { null, basePath })
        {
            await using FasterEventLog log = OpenLog();
            using ItemCatalogue catalogue = ItemCatalogue.Open(options, log, path, out _);
            Assert.Equal(last, Describe(catalogue));
        }
    }

    private FasterEventLog OpenLog() => new(_folder, 1, new EventLogOptions(), null);
}
