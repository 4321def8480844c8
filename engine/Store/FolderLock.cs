namespace Ebb.Engine.Store;

/// <summary>
/// The right to use an engine folder, held by one process (and one engine in it) until disposed or the process ends:
/// an exclusive lock on <c>LOCK</c>. The holder's process id stands in <c>LOCK.pid</c>, for the message to the next
/// one; the locked file itself cannot be read. Owned by the engine.
/// </summary>
public sealed class FolderLock : IDisposable
{
    private const string LockName = "LOCK";
    private const string HolderName = "LOCK.pid";

    private readonly FileStream _file;
    private readonly string _holderPath;

    private FolderLock(FileStream file, string holderPath)
    {
        _file = file;
        _holderPath = holderPath;
    }

    /// <summary>Locks a folder, making it where it is missing.</summary>
    /// <exception cref="EngineStartException">Another holds it, or it cannot be written.</exception>
    public static FolderLock Acquire(string folder)
    {
        string holderPath = Path.Combine(folder, HolderName);
        string lockPath = Path.Combine(folder, LockName);
        try
        {
            Directory.CreateDirectory(folder);
            var file = new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            try
            {
                File.WriteAllText(holderPath, $"{Environment.ProcessId}");
            }
            catch
            {
                file.Dispose();
                throw;
            }

            return new FolderLock(file, holderPath);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new EngineStartException(
                $"the engine folder {folder} cannot be written; give this user the right to, or name another", error);
        }
        catch (IOException error) when (File.Exists(lockPath))
        {
            throw new EngineStartException(
                $"the engine folder {folder} is in use by {Holder(holderPath)}; stop that one or use another folder",
                error);
        }
        catch (IOException error)
        {
            throw new EngineStartException(
                $"the engine folder {folder} cannot be used: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    public void Dispose()
    {
        try
        {
            File.Delete(_holderPath);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Only a hint for the next one's message; the lock itself is released below in any case.
        }

        // The lock file stays: removing it would let two processes lock two files of one name.
        _file.Dispose();
    }

    private static string Holder(string holderPath)
    {
        try
        {
            return int.TryParse(File.ReadAllText(holderPath), out int process)
                ? $"process {process}"
                : "another process";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }
}
