using Ebb.Engine.Batching;
using Ebb.Engine.Encryption;
using Ebb.Engine.Experiments.Tuning;
using Ebb.Engine.Log;
using Ebb.Engine.Privacy;
using Ebb.Engine.Store;
using Ebb.Engine.Store.Base;

namespace Ebb.Engine.Recovery.Backup;

/// <summary>
/// Copies a serving engine's folder. Bases first, then the partitions' logs, which only grow past them, the catalogue's
/// log last: an item's version is durable there before an event may name it. So whatever moment a file is of, what is
/// after it needs nothing that is missing. Called while nothing is exported, trimmed or erased.
/// </summary>
internal static class BackupWriter
{
    // What a folder has beside: without the host's a backup would be of other users, without the second unreadable,
    // without the third a restore would give a spent budget back, and the last is what the tuners found. Each is
    // written whole or not at all, so it may be copied at any moment.
    private static readonly string[] Marks =
        ["USERKEYS", EncryptionMark.FileName, PrivacyBudget.FileName, TuneJournal.FileName];

    public static BackupManifest Write(
        EngineCore core, string folder, string target, CancellationToken cancellation)
    {
        target = Path.GetFullPath(target);
        long createdMs = core.Options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        try
        {
            RequireEmpty(target);
            using IDisposable? unlocked = FolderCipher.Of(folder) is { } cipher
                ? UnlockedFolders.Add(target, cipher)
                : null;
            BaseManifest manifest = BaseManifest.Read(folder)!;
            foreach (string file in manifest.Files().Append(BaseManifest.FileName).Concat(MarksOf(folder)))
            {
                FileCopy.Copy(Path.Combine(folder, file), Path.Combine(target, file), cancellation);
            }

            foreach (Partition partition in core.Partitions)
            {
                cancellation.ThrowIfCancellationRequested();
                core.Log.CopyTo(partition.Id, target);
            }

            core.Log.CopyTo(IEventLog.CataloguePartition, target);
            var backup = new BackupManifest
            {
                CreatedMs = createdMs,
                Round = manifest.Round,
                Sequences = Sequences(target, core.Partitions.Length),
                Files = Sum(target, cancellation),
            };
            SyncFolders(target);
            backup.Write(target);
            return backup;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(
                $"no backup in {target} ({failure.Message.ReplaceLineEndings(" ")}): free or name another disk",
                failure);
        }
    }

    private static void RequireEmpty(string target)
    {
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
        {
            throw new StoreException($"{target} holds something: name a folder that is new or empty for the backup");
        }

        DurableFile.CreateDirectory(target);
    }

    private static IEnumerable<string> MarksOf(string folder) =>
        Marks.Where(mark => File.Exists(Path.Combine(folder, mark)));

    private static ulong[] Sequences(string target, int partitionCount)
    {
        var copied = new FrozenEventLog(target, partitionCount);
        return [.. Enumerable.Range(0, partitionCount).Select(id => copied.Acquire((ushort)id).Tail)];
    }

    // Read back: what is summed is what the medium gives, not what was meant.
    private static BackupFile[] Sum(string target, CancellationToken cancellation) =>
    [
        .. Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path =>
            {
                (long bytes, string sha256) = FileCopy.Sum(path, cancellation);
                return new BackupFile(Path.GetRelativePath(target, path).Replace('\\', '/'), bytes, sha256);
            }),
    ];

    private static void SyncFolders(string target)
    {
        foreach (string folder in Directory.EnumerateDirectories(target, "*", SearchOption.AllDirectories))
        {
            DurableFile.SyncDirectory(folder);
        }
    }
}
