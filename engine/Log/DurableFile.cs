using Microsoft.Win32.SafeHandles;

namespace Ebb.Engine.Log;

/// <summary>Files that are there whole or not at all after a crash: write beside, sync, rename, sync the folder.</summary>
internal static class DurableFile
{
    internal static void WriteAtomically(string path, ReadOnlySpan<byte> bytes)
    {
        string temporary = path + ".tmp";
        using (SafeFileHandle handle = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(handle, bytes, 0);
            RandomAccess.FlushToDisk(handle);
        }

        Publish(temporary, path);
    }

    /// <summary>Renames a file that is already synced over its final name and makes the rename durable.</summary>
    internal static void Publish(string temporary, string path)
    {
        File.Move(temporary, path, overwrite: true);
        SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    internal static void SyncDirectory(string folder)
    {
        // Windows has no handle to a folder to sync; its journal orders the rename by itself.
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using SafeFileHandle handle = File.OpenHandle(folder, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }
}
