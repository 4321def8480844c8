using System.Diagnostics;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Experiments.Tuning;
using Ebb.Engine.Interest;
using Ebb.Engine.Log;
using Ebb.Engine.Ranking;
using Ebb.Engine.Recovery.Backup;
using Ebb.Engine.Store;
using Ebb.Engine.Store.Base;

namespace Ebb.Engine.Recovery;

/// <summary>
/// Folds a folder that nobody serves from, reading every byte of its bases and its retained logs and writing none, and
/// says what it comes to. Where the logs reach back to their first entry they are folded from there too: both must
/// come to one state.
/// </summary>
internal sealed class FolderFold(string folder, CancellationToken cancellation)
{
    public async Task<FolderReport> RunAsync()
    {
        long started = Stopwatch.GetTimestamp();
        bool isBackup = BackupManifest.IsBackup(folder);
        BackupManifest? backup = isBackup ? BackupCheck.Run(folder, cancellation) : null;

        // A folder to serve from is held still; a backup may lie where nothing can be written.
        using FolderLock? held = isBackup ? null : FolderLock.Acquire(folder);
        BaseManifest manifest = BaseManifest.Read(folder) ?? throw new EngineStartException(
            $"{folder} has no {BaseManifest.FileName}: it is no engine folder, or one that never was opened");

        // Refuses what could not be served from.
        _ = new TuneJournal(folder);
        FolderReport report = await FoldAsync(manifest, wholeLog: false).ConfigureAwait(false);
        bool? isFoldOfLog = null;
        if (report.ReachesBack)
        {
            FolderReport whole = await FoldAsync(manifest, wholeLog: true).ConfigureAwait(false);
            isFoldOfLog = whole.StateHash == report.StateHash;
            if (isFoldOfLog is false)
            {
                throw new EngineStartException(
                    $"{folder}: base and log fold to {report.StateHash}, the whole log to {whole.StateHash}:"
                    + " restore it from a backup, and report this");
            }
        }

        return report with
        {
            Backup = backup,
            IsFoldOfWholeLog = isFoldOfLog,
            UnknownFiles = UnknownFiles(manifest),
            Elapsed = Stopwatch.GetElapsedTime(started),
        };
    }

    private async Task<FolderReport> FoldAsync(BaseManifest manifest, bool wholeLog)
    {
        string scratch = Directory.CreateTempSubdirectory("ebb-verify-").FullName;
        try
        {
            EngineOptions options = OptionsResolver.Resolve(
                new EngineOptions
                {
                    Folder = folder,
                    SpillFolder = scratch,
                    Dimension = manifest.Dimension,
                    ReplayWholeLog = wholeLog,
                    Store = new StoreOptions { MemoryBytesMax = 256L << 20, ExportInterval = TimeSpan.Zero },
                },
                manifest);
            return await Task.Run(() => Fold(options, manifest), cancellation).ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private FolderReport Fold(EngineOptions options, BaseManifest manifest)
    {
        var opened = new Stack<IDisposable>();
        try
        {
            var log = new FrozenEventLog(folder, manifest.PartitionCount);
            BaseManifest? basis = options.ReplayWholeLog ? null : manifest;
            string? catalogueBase = basis?.CatalogueFile is { } file ? Path.Combine(folder, file) : null;
            MemorySchema schema = OptionsResolver.SchemaOfBases(options, manifest);
            EngineCore core = EngineOpener.Assemble(
                options, log, (catalogueBase, schema), opened, out CatalogueHistory history);
            long folded = PartitionRecovery.RecoverAll(core, basis, isKnownFolder: true, history, cancellation);
            if (core.PendingRebuildCount > 0)
            {
                throw new EngineStartException(
                    $"{folder}: {core.PendingRebuildCount} users are being rebuilt for another memory schema; serve it"
                    + " until that is through, then verify");
            }

            return Report(core, log, folded);
        }
        finally
        {
            while (opened.TryPop(out IDisposable? part))
            {
                part.Dispose();
            }
        }
    }

    private FolderReport Report(EngineCore core, FrozenEventLog log, long folded)
    {
        ushort[] partitions =
            [.. core.Partitions.Select(partition => partition.Id), IEventLog.CataloguePartition];
        InterestStore[] stores = [.. core.Partitions.Select(partition => partition.Batch.Parts.Store)];
        byte[] states = [.. core.Partitions.SelectMany(partition => partition.Batch.Parts.Fold.State.ToBytes())];
        using CatalogueLease lease = core.Catalogue.Read();
        return new FolderReport
        {
            StateHash = Convert.ToHexStringLower(StateHasher.Compute(stores, states)),
            UserCount = stores.Sum(store => store.Count),
            ItemCount = lease.ItemCount,
            EntriesFolded = folded,
            LogEntriesChecked = partitions.Sum(id => CountEntries(log, id)),
            ReachesBack = partitions.All(id => log.FirstSequence(id) == 1),
        };
    }

    // Every frame of the retained log, also below the base, where nothing of it is folded.
    private long CountEntries(FrozenEventLog log, ushort partition)
    {
        long count = 0;
        using IEventLogReader reader = log.ReadFrom(partition, log.FirstSequence(partition));
        while (reader.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            count++;
        }

        return count;
    }

    private string[] UnknownFiles(BaseManifest manifest)
    {
        HashSet<string> known = [.. manifest.Files(), BaseManifest.FileName, BackupManifest.FileName];
        return
        [
            .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))
                .Where(name => !known.Contains(name) && !IsOfLog(name)
                    && name is not ("LOCK" or "LOCK.pid" or "USERKEYS" or NewItemsFile.FileName or TuneJournal.FileName)
                    && !name.StartsWith("spill/", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal),
        ];
    }

    private static bool IsOfLog(string name)
    {
        string file = Path.GetFileName(name);
        return name == "log/lock" || (name.StartsWith("log/", StringComparison.Ordinal)
            && (file is CommitFile.Name or OwnerFile.Name || file.StartsWith("entries.", StringComparison.Ordinal)));
    }
}
