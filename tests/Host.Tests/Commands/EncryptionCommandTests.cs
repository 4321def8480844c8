using System.Security.Cryptography;
using Ebb.Engine;
using Ebb.Engine.Encryption;
using Ebb.Host.Tests.Evaluation;
using Ebb.Server.Commands;
using Xunit;

namespace Ebb.Host.Tests.Commands;

/// <summary>An operator's way with an encrypted folder. No key is ever printed.</summary>
public sealed class EncryptionCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);

    private string Data => Path.Combine(_folder.Path, "data");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Verify_EncryptedFolder_WantsItsKeyFromAFile(bool isText)
    {
        await FillAsync();
        string file = isText ? Write("key", Convert.ToHexString(_secret) + "\n") : Write("key", _secret);
        CommandOutcome verified = await CommandRunner.RunAsync(["verify", Data, "--encryption-key-file", file]);
        Assert.Equal((ExitCodes.Ok, ""), (verified.ExitCode, verified.Error));
        Assert.Contains("state ", verified.Output);
        (await CommandRunner.RunAsync(["verify", Data])).AssertOneLineFailure("encrypted", "--encryption-key-file");
        string other = Write("other", RandomNumberGenerator.GetBytes(32));
        (await CommandRunner.RunAsync(["verify", Data, "--encryption-key-file", other]))
            .AssertOneLineFailure("another key");
    }

    [Fact]
    public async Task Serve_KeyThatIsNone_IsOneLineWithoutIt()
    {
        string[] files =
        [
            Write("short", new byte[31]), Write("long", new byte[33]), Write("text", new string('x', 64)),
            Write("huge", new byte[10_000]), Path.Combine(_folder.Path, "missing"),
        ];
        foreach (string file in files)
        {
            (await ServeAsync(file)).AssertOneLineFailure(file);
        }

        Assert.False(Directory.Exists(Data));
    }

    [Fact]
    public async Task Serve_KeyInItsOwnFolder_IsRefused()
    {
        Directory.CreateDirectory(Data);
        string inside = Path.Combine(Data, "key");
        await File.WriteAllBytesAsync(inside, _secret, TestContext.Current.CancellationToken);
        (await ServeAsync(inside)).AssertOneLineFailure(inside, "elsewhere");
        string link = Path.Combine(_folder.Path, "link");
        File.CreateSymbolicLink(link, inside);
        (await ServeAsync(link)).AssertOneLineFailure(link, "elsewhere");
    }

    [Fact]
    public async Task Serve_EncryptedFolderWithAnotherKey_IsOneLine()
    {
        await FillAsync();
        CommandOutcome refused = await ServeAsync(Write("other", RandomNumberGenerator.GetBytes(32)));
        refused.AssertOneLineFailure("another key", Data);
        Assert.DoesNotContain(Convert.ToHexStringLower(_secret), refused.Error);
    }

    private Task<CommandOutcome> ServeAsync(string keyFile) => CommandRunner.RunAsync(
        ["serve", "--folder", Data, "--dimension", "2", "--listen", "127.0.0.1:0", "--encryption-key-file", keyFile]);

    private async Task FillAsync()
    {
        await using InterestEngine engine = await InterestEngine.OpenAsync(new EngineOptions
        {
            Folder = Data,
            Dimension = 2,
            PartitionCount = 1,
            EncryptionKey = EncryptionKey.FromBytes(_secret),
        });
    }

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder.Path, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder.Path, name);
        File.WriteAllText(path, text);
        return path;
    }
}
