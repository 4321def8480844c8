using Ebb.Engine.Log;
using Ebb.Engine.Store;
using Ebb.Engine.Store.Base;

namespace Ebb.Engine.Recovery.Backup;

/// <summary>
/// Copies a backup into a folder to serve from, checking every byte against its manifest. The engine's manifest goes
/// last: a restore cut short leaves a folder that refuses to open.
/// </summary>
internal static class FolderRestore
{
    public static BackupManifest Run(string backup, string target, CancellationToken cancellation)
    {
        target = Path.GetFullPath(target);
        BackupManifest manifest = BackupManifest.Read(backup);
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
        {
            throw new StoreException($"{target} holds something: restore into a folder that is new or empty");
        }

        DurableFile.CreateDirectory(target);
        foreach (BackupFile file in manifest.Files.OrderBy(file => file.Path == BaseManifest.FileName))
        {
            string source = BackupCheck.Inside(backup, file);
            if (!File.Exists(source))
            {
                throw new BaseCorruptException(source, "is missing in the backup; take another backup");
            }

            string copy = BackupCheck.Inside(target, file);
            string unfinished = copy + ".tmp";
            BackupCheck.Require(source, file, FileCopy.Copy(source, unfinished, cancellation));
            DurableFile.ReplaceWith(unfinished, copy);
        }

        return manifest;
    }
}
