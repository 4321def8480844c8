using System.Collections.Immutable;
using Microsoft.Win32.SafeHandles;

namespace Ebb.Engine.Log;

/// <summary>
/// The calls by which files that must survive come to be: what a crash can leave is decided here and nowhere else.
/// Stateless and for any thread. A stand-in for one folder is how faults are injected (host/Proving): the code under
/// test stays the real one, above and below.
/// </summary>
internal class FileMedium
{
    private static readonly FileMedium Direct = new();
    private static ImmutableDictionary<string, FileMedium> _standIns = ImmutableDictionary<string, FileMedium>.Empty;

    /// <summary>The medium under a path; asked once per object that keeps a file open.</summary>
    public static FileMedium Of(string path)
    {
        ImmutableDictionary<string, FileMedium> standIns = Volatile.Read(ref _standIns);
        if (!standIns.IsEmpty)
        {
            string full = Path.GetFullPath(path) + Path.DirectorySeparatorChar;
            foreach ((string folder, FileMedium medium) in standIns)
            {
                if (full.StartsWith(folder, StringComparison.Ordinal))
                {
                    return medium;
                }
            }
        }

        return Direct;
    }

    /// <summary>Puts another medium under a folder until disposed.</summary>
    public static IDisposable Replace(string folder, FileMedium medium)
    {
        string key = Path.GetFullPath(folder) + Path.DirectorySeparatorChar;
        ImmutableInterlocked.AddOrUpdate(ref _standIns, key, medium, (_, _) => medium);
        return new Replacement(key);
    }

    /// <summary>Opens for writing, as <see cref="File.OpenHandle"/> does.</summary>
    public virtual SafeFileHandle Open(string path, FileMode mode, FileAccess access) =>
        File.OpenHandle(path, mode, access, FileShare.ReadWrite | FileShare.Delete);

    public virtual void Write(string path, SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset) =>
        DirectFile.Write(file, bytes, offset);

    /// <summary>Waits until data and length are on the medium.</summary>
    public virtual void Sync(string path, SafeFileHandle file) => DurableFile.SyncHandle(file);

    /// <summary>Waits until the names in a folder are on the medium.</summary>
    public virtual void SyncDirectory(string path) => DurableFile.SyncDirectoryNames(path);

    public virtual void Move(string from, string to) => File.Move(from, to, overwrite: true);

    public virtual void Delete(string path) => File.Delete(path);

    private sealed class Replacement(string key) : IDisposable
    {
        public void Dispose() => ImmutableInterlocked.TryRemove(ref _standIns, key, out _);
    }
}
