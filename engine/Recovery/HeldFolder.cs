using Ebb.Engine.Encryption;
using Ebb.Engine.Recovery.Backup;
using Ebb.Engine.Store;

namespace Ebb.Engine.Recovery;

/// <summary>
/// A folder to serve from: locked against others and, where it is encrypted, unlocked. Until disposed.
/// </summary>
internal sealed class HeldFolder : IDisposable
{
    private readonly FolderLock _lock;
    private readonly IDisposable? _unlocked;

    private HeldFolder(FolderLock folderLock, IDisposable? unlocked)
    {
        _lock = folderLock;
        _unlocked = unlocked;
    }

    /// <exception cref="EngineStartException">It is in use, a backup, or not to be read with this key.</exception>
    public static HeldFolder Take(string folder, EncryptionKey? key)
    {
        FolderLock folderLock = FolderLock.Acquire(folder);
        try
        {
            if (BackupManifest.IsBackup(folder))
            {
                throw new EngineStartException(
                    $"{folder} is a backup, which serving would change: ebb restore it into a new folder and serve"
                    + " that");
            }

            return new HeldFolder(folderLock, EncryptionMark.Unlock(folder, key, mayCreate: true));
        }
        catch
        {
            folderLock.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _unlocked?.Dispose();
        _lock.Dispose();
    }
}
