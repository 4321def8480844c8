using Ebb.Engine.Store.Base;

namespace Ebb.Engine.Recovery.Backup;

/// <summary>Compares a backup's files with its manifest.</summary>
internal static class BackupCheck
{
    /// <exception cref="BaseCorruptException">A file is missing, of another length or of another content.</exception>
    public static BackupManifest Run(string folder, CancellationToken cancellation)
    {
        BackupManifest manifest = BackupManifest.Read(folder);
        foreach (BackupFile file in manifest.Files)
        {
            string path = Inside(folder, file);
            if (!File.Exists(path))
            {
                throw new BaseCorruptException(path, "is missing in the backup; take another backup");
            }

            Require(path, file, FileCopy.Sum(path, cancellation));
        }

        return manifest;
    }

    public static void Require(string path, BackupFile file, (long Bytes, string Sha256) found)
    {
        if (found != (file.Bytes, file.Sha256))
        {
            throw new BaseCorruptException(
                path, $"differs from the backup's manifest ({found.Bytes} bytes of {file.Bytes}); take another backup");
        }
    }

    /// <summary>A manifest names files of its own folder and nothing else.</summary>
    public static string Inside(string folder, BackupFile file)
    {
        string root = Path.GetFullPath(folder) + Path.DirectorySeparatorChar;
        string path = Path.GetFullPath(Path.Combine(root, file.Path));
        return path.StartsWith(root, StringComparison.Ordinal)
            ? path
            : throw new BaseCorruptException(
                Path.Combine(folder, BackupManifest.FileName), $"names {file.Path}, outside its folder");
    }
}
