using System.Collections.Immutable;

namespace Ebb.Engine.Encryption;

/// <summary>
/// Which folders of this process are encrypted and unlocked now, as <see cref="Log.FileMedium"/> knows which have a
/// stand-in: whoever opens a file below one asks once, by its path. Any thread.
/// </summary>
internal static class UnlockedFolders
{
    private static readonly Lock Sync = new();
    private static ImmutableDictionary<string, (FolderCipher Cipher, int Count)> _folders =
        ImmutableDictionary<string, (FolderCipher Cipher, int Count)>.Empty;

    public static FolderCipher? Find(string path)
    {
        ImmutableDictionary<string, (FolderCipher Cipher, int Count)> folders = Volatile.Read(ref _folders);
        if (folders.IsEmpty)
        {
            return null;
        }

        string full = Path.GetFullPath(path) + Path.DirectorySeparatorChar;
        foreach ((string folder, (FolderCipher cipher, _)) in folders)
        {
            if (full.StartsWith(folder, StringComparison.Ordinal))
            {
                return cipher;
            }
        }

        return null;
    }

    /// <summary>Until disposed; the same folder may be added by several, with one key.</summary>
    public static IDisposable Add(string folder, FolderCipher cipher)
    {
        string key = Path.GetFullPath(folder) + Path.DirectorySeparatorChar;
        lock (Sync)
        {
            int count = _folders.TryGetValue(key, out (FolderCipher Cipher, int Count) held) ? held.Count : 0;
            _folders = _folders.SetItem(key, (cipher, count + 1));
        }

        return new Lease(key);
    }

    private sealed class Lease(string key) : IDisposable
    {
        private bool _isDisposed;

        public void Dispose()
        {
            lock (Sync)
            {
                if (_isDisposed)
                {
                    return;
                }

                _isDisposed = true;
                (FolderCipher cipher, int count) = _folders[key];
                _folders = count > 1 ? _folders.SetItem(key, (cipher, count - 1)) : _folders.Remove(key);
            }
        }
    }
}
