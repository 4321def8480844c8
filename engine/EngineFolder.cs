using Ebb.Engine.Encryption;
using Ebb.Engine.Log;
using Ebb.Engine.Recovery;
using Ebb.Engine.Recovery.Backup;
using Ebb.Engine.Store;
using Ebb.Engine.Store.Base;

namespace Ebb.Engine;

/// <summary>What can be done with an engine's folder, or a backup of it, without serving from it. Any thread.</summary>
public static class EngineFolder
{
    /// <summary>
    /// Reads every byte of a stopped folder or a backup, folds it and compares what can be compared. Writes nothing in
    /// it but its lock.
    /// </summary>
    /// <exception cref="EngineStartException">It is damaged, in use, or not what it should be: one line.</exception>
    /// <param name="folder">The engine's or a backup.</param>
    /// <param name="key">Of an encrypted one.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public static Task<FolderReport> VerifyAsync(
        string folder, EncryptionKey? key = null, CancellationToken cancellation = default) =>
        GuardAsync(() => new FolderFold(Path.GetFullPath(folder), key, cancellation).RunAsync());

    /// <summary>
    /// Copies a backup, checked, into a new or empty folder that can then be served from.
    /// An encrypted one stays so: no key is needed.
    /// </summary>
    /// <exception cref="EngineStartException">The backup is damaged or the folder is not empty: one line.</exception>
    public static Task<BackupManifest> RestoreAsync(
        string backup, string target, CancellationToken cancellation = default) =>
        GuardAsync(() => Task.Run(() => FolderRestore.Run(backup, target, cancellation), cancellation));

    private static async Task<T> GuardAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is BaseCorruptException or EventLogException or StoreException
            or StoreCorruptException or IOException or UnauthorizedAccessException)
        {
            throw new EngineStartException(problem.Message.ReplaceLineEndings(" "), problem);
        }
    }
}
