using System.Net;
using System.Security.Cryptography;
using System.Text;
using Ebb.Client;
using Ebb.Engine;
using Ebb.Engine.Encryption;
using Ebb.Host.Tests.Evaluation;
using Ebb.Protocol;
using Ebb.Server.Hosting;
using Ebb.Server.Security;
using Ebb.Server.Transport;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Ebb.Host.Tests.Security;

/// <summary>
/// One server with every kind of secret, used rightly and wrongly: none of them is in any line of its log, at any
/// level, in an error, in its figures, in the text of its options, or in a file of its folder.
/// </summary>
public sealed class SecretTests
{
    private const string User = "a-user-whose-name-is-nobodys-business";
    private const string WrongToken = "ebb_a-token-that-is-nobodys";

    private readonly byte[] _userKeySecret = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] _encryptionKey = RandomNumberGenerator.GetBytes(32);
    private readonly StringBuilder _told = new();

    [Fact]
    public async Task Everything_ThatIsToldOrKept_HoldsNoSecret()
    {
        using var folder = new TempFolder();
        using var log = new CollectingLoggerFactory();
        string data = Path.Combine(folder.Path, "data");
        string accessPath = Path.Combine(folder.Path, "access");
        (string token, string line) = AccessFile.Create("ops", EbbRole.Admin, null);
        await File.WriteAllLinesAsync(accessPath, [line], TestContext.Current.CancellationToken);
        var server = new EbbServerOptions
        {
            Endpoint = new IPEndPoint(IPAddress.Loopback, 0),
            Access = AccessControl.Load(accessPath),
            UserKeys = UserKeys.Of(_userKeySecret),
            BackupFolder = folder.Path,
            LoggerFactory = log,
        };
        EngineOptions engine = Engine(data, log);
        await using (ServerHost host = await ServerHost.StartAsync(new ServeOptions(engine, server)))
        {
            var options = new EbbClientOptions { Endpoint = host.Endpoint, Token = token };
            Tell(options, server, engine, EncryptionKey.FromBytes(_encryptionKey), UserKeys.Of(_userKeySecret));
            await UseAsync(options);
            using var reload = new SecurityReload(null, server.Access, log);
            await File.WriteAllTextAsync(
                accessPath, $"ops admin {token}", TestContext.Current.CancellationToken);
            Assert.False(reload.Reload());
        }

        await FailAsync(data, log);
        _told.Append(log.Text);
        Assert.True(log.Text.Length > 500, "nothing was logged: the test sees nothing");
        AssertNone(_told.ToString(), token);
        AssertNoneIn(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Except([accessPath]), token);
    }

    private EngineOptions Engine(string data, ILoggerFactory log) => new()
    {
        Folder = data,
        Dimension = 2,
        PartitionCount = 1,
        EncryptionKey = EncryptionKey.FromBytes(_encryptionKey),
        LoggerFactory = log,
    };

    private async Task UseAsync(EbbClientOptions options)
    {
        await using EbbClient client = await EbbClient.ConnectAsync(options);
        await client.PutItemsAsync([new EbbItem("north", new float[] { 0, 1 })]);
        await client.ObserveAsync([new EbbEvent(User, "north", EbbEventType.Click, 1000)], EbbAck.Durable);
        await client.ActAsync(User, [new EbbAction("north", EbbEventType.Click, 1001)]);
        await client.BackupAsync("copy", TestContext.Current.CancellationToken);
        foreach ((string key, string value) in await client.StatsAsync())
        {
            _told.AppendLine($"{key} {value}");
        }

        // Mistakes: each answer is text that somebody will log.
        await NoteAsync(() => EbbClient.ConnectAsync(options with { Token = WrongToken }));
        await NoteAsync(() => EbbClient.ConnectAsync(options with { Token = options.Token + "x" }));
        await NoteAsync(() => client.BackupAsync("../copy", TestContext.Current.CancellationToken));
        await NoteAsync(() => client.BackupAsync("copy", TestContext.Current.CancellationToken));
        await client.ForgetAsync(User);
    }

    private async Task FailAsync(string data, ILoggerFactory log)
    {
        byte[] other = RandomNumberGenerator.GetBytes(32);
        EngineOptions engine = Engine(data, log);
        var server = new EbbServerOptions { Endpoint = new IPEndPoint(IPAddress.Loopback, 0), LoggerFactory = log };
        await NoteAsync(() => ServerHost.StartAsync(new ServeOptions(engine, server)));
        await NoteAsync(() => ServerHost.StartAsync(new ServeOptions(
            engine with { EncryptionKey = EncryptionKey.FromBytes(other) },
            server with { UserKeys = UserKeys.Of(_userKeySecret) })));
        Assert.Contains("another key", _told.ToString());
        Assert.Contains("--user-key-secret", _told.ToString());
    }

    private void Tell(params object[] things)
    {
        foreach (object thing in things)
        {
            _told.AppendLine(thing.ToString());
        }
    }

    private async Task NoteAsync(Func<Task> work)
    {
        Exception refused = await Assert.ThrowsAnyAsync<Exception>(work);
        _told.AppendLine(refused.ToString());
    }

    private IEnumerable<(string What, byte[] Bytes)> Secrets(string token)
    {
        yield return ("the token", Encoding.UTF8.GetBytes(token));
        yield return ("a wrong token", Encoding.UTF8.GetBytes(WrongToken));
        yield return ("the user", Encoding.UTF8.GetBytes(User));
        foreach ((string what, byte[] secret) in new[]
            { ("the user key secret", _userKeySecret), ("the encryption key", _encryptionKey) })
        {
            yield return (what, secret);
            yield return (what, Encoding.ASCII.GetBytes(Convert.ToHexStringLower(secret)));
            yield return (what, Encoding.ASCII.GetBytes(Convert.ToHexString(secret)));
            yield return (what, Encoding.ASCII.GetBytes(Convert.ToBase64String(secret)));
        }
    }

    private void AssertNone(string text, string token)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        foreach ((string what, byte[] secret) in Secrets(token))
        {
            int at = bytes.AsSpan().IndexOf(secret);
            Assert.True(at < 0, $"{what} is told: {(at < 0 ? "" : text[Math.Max(0, at - 200)..at])}");
        }
    }

    private void AssertNoneIn(IEnumerable<string> files, string token)
    {
        int count = 0;
        foreach (string file in files)
        {
            byte[] bytes = File.ReadAllBytes(file);
            count++;
            Assert.All(Secrets(token), secret => Assert.True(
                bytes.AsSpan().IndexOf(secret.Bytes) < 0, $"{secret.What} stands in {file}"));
        }

        Assert.True(count > 10, $"{count} files only");
    }
}
