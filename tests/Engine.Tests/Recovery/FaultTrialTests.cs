using Ebb.Engine.Catalogue;
using Ebb.Engine.Log;
using Ebb.Proving;
using Ebb.Proving.Crash;
using Ebb.Proving.Media;
using Xunit;

namespace Ebb.Engine.Tests.Recovery;

/// <summary>Bad disks under a whole engine: it stops taking writes and says so, and what it left is whole.</summary>
public sealed class FaultTrialTests
{
    // Counted in calls of the engine while it serves: a log's first write comes after five that prepare its segment.
    [Theory]
    [InlineData(FaultKind.DiskFull, "log/p000", 11)]
    [InlineData(FaultKind.WriteError, "log/p000", 14)]
    [InlineData(FaultKind.ShortWrite, "log/p001", 12)]
    [InlineData(FaultKind.SyncError, "log/p000/entries", 4)]
    [InlineData(FaultKind.SyncError, "log/p001/commit", 5)]
    [InlineData(FaultKind.DiskFull, "log/catalogue", 10)]
    [InlineData(FaultKind.SyncError, "log/catalogue", 6)]
    internal async Task Log_WriteOrSyncFails_RefusesAndKeepsWhatWasDurable(FaultKind kind, string path, int after)
    {
        FaultReport report = await FaultTrial.RunAsync(new FaultPlan(kind, path, after), seed: 42);
        Assert.True(report.HasFired, "the fault never came");
        Assert.True(report.RefusalCount > 0, "nobody was told");
        Assert.True(report.Wrong is null, report.Wrong);
        Assert.Null(report.Refused);
        Assert.Equal(path.Contains("log/p", StringComparison.Ordinal) ? 1 : 0, report.StoppedPartitionCount);
        Assert.Equal(0, report.RetriedSyncCount);
    }

    [Theory]
    [InlineData(FaultKind.DiskFull, ".base", 3)]
    [InlineData(FaultKind.WriteError, "MANIFEST", 1)]
    [InlineData(FaultKind.SyncError, ".base", 4)]
    [InlineData(FaultKind.SyncError, "MANIFEST", 1)]
    internal async Task Export_Fails_ThePreviousBaseServes(FaultKind kind, string path, int after)
    {
        FaultReport report = await FaultTrial.RunAsync(new FaultPlan(kind, path, after), seed: 42);
        Assert.True(report.HasFired, "the fault never came");
        Assert.True(report.RefusalCount > 0 || report.Stopped is not null, "nobody was told");
        Assert.True(report.Wrong is null, report.Wrong);
        Assert.Null(report.Refused);
    }

    [Fact]
    public async Task Export_CommitFails_ThePartitionIsToldStopped()
    {
        using var folder = new ScratchFolder();
        var clock = new ProvingClock(CrashWorkload.StartMs);
        EngineOptions options = CrashWorkload.Options(folder.Path, clock, trims: false);
        options = options with
        {
            PartitionCount = 1,
            Log = options.Log with { CommitInterval = TimeSpan.FromHours(1) },
        };

        // The start exports once.
        using IDisposable bad = FileMedium.Replace(
            folder.Path, new FaultMedium(new FaultPlan(FaultKind.SyncError, "log/p000/entries", 1), seed: 42));
        InterestEngine engine = await InterestEngine.OpenAsync(options);
        await using (engine.ConfigureAwait(true))
        {
            await engine.PutItemsAsync([new ItemPut("i", new float[options.Dimension])]);
            await engine.ObserveAsync([new BehaviourEvent("u", "i", EventTypes.Click, CrashWorkload.StartMs)]);
            Assert.Equal(0, engine.GetStats().PartitionsStopped);

            // Nobody but the export has asked for a commit: the pump waits for its hour.
            await Assert.ThrowsAnyAsync<Exception>(() => engine.ExportAsync());
            Assert.Equal(1, engine.GetStats().PartitionsStopped);
        }
    }

    [Fact]
    public async Task Medium_LiesInSilence_RestoresOrRefusesInOneLine()
    {
        int refused = 0;
        int fired = 0;
        foreach (string path in (string[])["entries", "commit", "owner", ".base", "MANIFEST", "catalogue"])
        {
            foreach (FaultKind kind in (FaultKind[])[FaultKind.FlippedBit, FaultKind.TornSector])
            {
                for (int after = 1; after <= 12; after += 5)
                {
                    FaultReport report = await FaultTrial.RunAsync(new FaultPlan(kind, path, after), seed: after);
                    Assert.True(report.Wrong is null, $"{kind} of {path} after {after}: {report.Wrong}");
                    AssertOneLine(report.Refused);
                    AssertOneLine(report.Stopped);
                    fired += report.HasFired ? 1 : 0;
                    refused += report.Refused is null ? 0 : 1;
                }
            }
        }

        Assert.True(fired > 12, $"only {fired} faults came");
        Assert.True(refused > 0, "no damage was noticed");
    }

    private static void AssertOneLine(string? message)
    {
        if (message is not null)
        {
            Assert.DoesNotContain('\n', message);
            Assert.True(message.Length > 20, message);
        }
    }
}
