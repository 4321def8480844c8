using System.Text;
using Ebb.Host.Tests.Evaluation;
using Ebb.Host.Tests.Transport;
using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Ebb.Server.Security;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Ebb.Host.Tests.Security;

/// <summary>What a line of the access file that is gone, or another one, means for who is inside.</summary>
public sealed class AccessReloadTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _path;

    public AccessReloadTests()
    {
        _path = Path.Combine(_folder.Path, "access");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Reload_LineGone_ClosesItsConnectionsAtOnceAndNoOther()
    {
        (string leaving, string leavingLine) = AccessFile.Create("leaving", EbbRole.Reader, null);
        (string staying, string stayingLine) = AccessFile.Create("staying", EbbRole.Reader, null);
        await File.WriteAllLinesAsync(_path, [leavingLine, stayingLine], TestContext.Current.CancellationToken);
        var access = AccessControl.Load(_path);
        await using ServerHarness harness = await ServerHarness.StartAsync(options => options with { Access = access });
        using var reload = new SecurityReload(null, access, NullLoggerFactory.Instance);
        using RawConnection idle = await AuthAsync(harness, leaving);
        using RawConnection second = await AuthAsync(harness, leaving);
        using RawConnection other = await AuthAsync(harness, staying);

        // A file that cannot be read, and one that says the same, change nothing.
        await File.WriteAllTextAsync(_path, "nonsense", TestContext.Current.CancellationToken);
        Assert.False(reload.Reload());
        await File.WriteAllLinesAsync(
            _path, ["# again", stayingLine, leavingLine], TestContext.Current.CancellationToken);
        Assert.True(reload.Reload());
        Assert.Equal(StatusCode.Ok, await PingAsync(second));
        await File.WriteAllLinesAsync(_path, [stayingLine], TestContext.Current.CancellationToken);
        Assert.True(reload.Reload());

        foreach (RawConnection closed in (RawConnection[])[idle, second])
        {
            RawFrame notice = Assert.Single(await closed.ReadToEndAsync());
            Assert.Equal((Opcode.Notice, StatusCode.AuthRequired), (notice.Header.Opcode, notice.Header.Status));
        }

        Assert.Equal(StatusCode.Ok, await PingAsync(other));
        using RawConnection again = await harness.ConnectAsync();
        await again.SendAsync(Auth(leaving));
        Assert.Equal(StatusCode.AuthRequired, (await again.ReadAsync()).Header.Status);
    }

    [Theory]
    [InlineData("writer", "")]
    [InlineData("reader", " tenant=shop")]
    public async Task Reload_LineOfAnotherRoleOrTenant_ClosesToo(string role, string tenant)
    {
        (string token, string line) = AccessFile.Create("somebody", EbbRole.Reader, null);
        await File.WriteAllLinesAsync(_path, [line], TestContext.Current.CancellationToken);
        var access = AccessControl.Load(_path);
        await using ServerHarness harness = await ServerHarness.StartAsync(options => options with { Access = access });
        using RawConnection connection = await AuthAsync(harness, token);
        string changed = line.Replace(" reader ", $" {role} ") + tenant;
        await File.WriteAllLinesAsync(_path, [changed], TestContext.Current.CancellationToken);
        access.Reload();
        Assert.Equal(StatusCode.AuthRequired, Assert.Single(await connection.ReadToEndAsync()).Header.Status);
        using RawConnection again = await AuthAsync(harness, token);
        Assert.Equal(StatusCode.Ok, await PingAsync(again));
    }

    private static async Task<RawConnection> AuthAsync(ServerHarness harness, string token)
    {
        RawConnection connection = await harness.ConnectAsync();
        await connection.SendAsync(Auth(token));
        Assert.Equal(StatusCode.Ok, (await connection.ReadAsync()).Header.Status);
        return connection;
    }

    private static async Task<StatusCode> PingAsync(RawConnection connection)
    {
        await connection.SendAsync(Frames.Empty(Opcode.Ping, 9));
        return (await connection.ReadAsync()).Header.Status;
    }

    private static byte[] Auth(string token)
    {
        using var buffer = new FrameBuffer();
        var frame = new FrameWriter(buffer, Frames.Header(Opcode.Auth, 2));
        new AuthRequest { Token = Encoding.UTF8.GetBytes(token) }.Write(frame.Body());
        frame.Complete();
        return buffer.Written.ToArray();
    }
}
