using Ebb.Engine.Log;
using Xunit;

namespace Ebb.Engine.Tests.Log;

public sealed class DurableFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WriteAtomically_OverExistingFile_ReplacesItAndLeavesNoTemporary()
    {
        string path = Path.Combine(_folder.Path, "file");
        DurableFile.WriteAtomically(path, "older and longer"u8);
        DurableFile.WriteAtomically(path, "new"u8);

        Assert.Equal("new"u8.ToArray(), File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void WriteAtomically_LeftoverTemporary_IsOverwritten()
    {
        string path = Path.Combine(_folder.Path, "file");
        File.WriteAllText(path + ".tmp", "what a crash left behind, longer than the new content");
        DurableFile.WriteAtomically(path, "new"u8);

        Assert.Equal("new"u8.ToArray(), File.ReadAllBytes(path));
    }

    [Fact]
    public void CreateDirectory_SeveralLevels_MakesThemAll()
    {
        string path = Path.Combine(_folder.Path, "a", "b", "c");
        DurableFile.CreateDirectory(path);
        DurableFile.CreateDirectory(path);

        Assert.True(Directory.Exists(path));
    }

    [Fact]
    public void SyncDirectory_Missing_Throws()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "directories are synced on Linux only");
        Assert.Throws<IOException>(() => DurableFile.SyncDirectory(Path.Combine(_folder.Path, "missing")));
    }
}
