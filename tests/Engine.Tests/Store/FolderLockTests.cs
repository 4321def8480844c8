using Ebb.Engine.Store;
using Xunit;

namespace Ebb.Engine.Tests.Store;

public sealed class FolderLockTests
{
    [Fact]
    public void Acquire_HeldByAnother_NamesFolderAndProcess()
    {
        using var folder = new TemporaryFolder();
        string engine = folder.File("engine");
        using (FolderLock.Acquire(engine))
        {
            EngineStartException error = Assert.Throws<EngineStartException>(() => FolderLock.Acquire(engine));
            Assert.Contains(engine, error.Message);
            Assert.Contains($"process {Environment.ProcessId}", error.Message);
            Assert.DoesNotContain('\n', error.Message);
        }

        FolderLock.Acquire(engine).Dispose();
    }

    [Fact]
    public void Acquire_FolderIsAFile_NamesIt()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("engine"), "");
        EngineStartException error =
            Assert.Throws<EngineStartException>(() => FolderLock.Acquire(folder.File("engine")));
        Assert.Contains(folder.File("engine"), error.Message);
    }
}
