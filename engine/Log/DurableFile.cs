using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ebb.Engine.Log;

/// <summary>
/// Files that survive a crash: what these return from is on the medium, names included. Stateless; one writer per
/// path. Off Linux a directory cannot always be synced; there the rename is as durable as the system makes it.
/// </summary>
internal static partial class DurableFile
{
    private const string TemporarySuffix = ".tmp";
    private const int OpenReadOnlyCloseOnExec = 0x80000;
    private const int ErrorInterrupted = 4;

    /// <summary>Readers see the old bytes or the new ones, never a mixture; also after a power cut.</summary>
    public static void WriteAtomically(string path, ReadOnlySpan<byte> bytes)
    {
        string temporary = path + TemporarySuffix;
        FileMedium medium = FileMedium.Of(path);
        using (SafeFileHandle handle = medium.Open(temporary, FileMode.Create, FileAccess.Write))
        {
            medium.Write(temporary, handle, bytes, 0);
            medium.Sync(temporary, handle);
        }

        ReplaceWith(temporary, path);
    }

    /// <summary>Moves a finished, already synced file over <paramref name="path"/> and syncs the directory.</summary>
    public static void ReplaceWith(string temporary, string path)
    {
        FileMedium.Of(path).Move(temporary, path);
        SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Creates a directory with its parents and syncs the name of each one it made.</summary>
    public static void CreateDirectory(string path)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full))
        {
            return;
        }

        string? parent = Path.GetDirectoryName(full);
        if (parent is not null)
        {
            CreateDirectory(parent);
        }

        Directory.CreateDirectory(full);
        if (parent is not null)
        {
            SyncDirectory(parent);
        }
    }

    public static void SyncDirectory(string path) => FileMedium.Of(path).SyncDirectory(path);

    /// <summary>Waits until the file's data, and the length needed to read it back, are on the medium.</summary>
    internal static void SyncHandle(SafeFileHandle handle)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(handle);
            return;
        }

        // fdatasync and not the runtime's fsync: a rewrite in place then needs no journal commit for the mtime.
        while (FdataSync(handle) != 0)
        {
            ThrowUnlessInterrupted("sync");
        }
    }

    internal static void SyncDirectoryNames(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        int descriptor = Open(path, OpenReadOnlyCloseOnExec);
        if (descriptor < 0)
        {
            throw new IOException($"cannot open {path} to sync it: error {Marshal.GetLastPInvokeError()}");
        }

        using SafeFileHandle handle = new(descriptor, ownsHandle: true);
        while (FSync(handle) != 0)
        {
            ThrowUnlessInterrupted($"sync of {path}");
        }
    }

    private static void ThrowUnlessInterrupted(string what)
    {
        int error = Marshal.GetLastPInvokeError();
        if (error != ErrorInterrupted)
        {
            throw new IOException($"{what} failed: {Marshal.GetPInvokeErrorMessage(error)} (error {error})");
        }
    }

    // SAFETY: plain descriptors and a null-terminated path; SafeFileHandle keeps the descriptor open over the call.
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FdataSync(SafeFileHandle handle);
}
