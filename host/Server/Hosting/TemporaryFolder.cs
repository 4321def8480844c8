namespace Ebb.Server.Hosting;

/// <summary>A folder of its own under the system's temporary folder, removed with all it holds.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder(string prefix)
    {
        Path = Directory.CreateTempSubdirectory(prefix).FullName;
    }

    public string Path { get; }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // Left for the system to clean: no reason to fail a command that has done its work.
        }
        catch (UnauthorizedAccessException)
        {
        }
    }
}
