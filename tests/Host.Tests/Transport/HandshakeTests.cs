using System.Text;
using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Xunit;

namespace Ebb.Host.Tests.Transport;

public sealed class HandshakeTests
{
    [Fact]
    public async Task Hello_First_TellsLimitsDimensionAndGeneration()
    {
        await using var harness = await ServerHarness.StartAsync();
        using var connection = await harness.ConnectAsync(isGreeted: false);

        await connection.SendAsync(Frames.Hello());
        var reply = await connection.ReadAsync();

        Assert.Equal((Opcode.Hello, StatusCode.Ok, 1UL),
            (reply.Header.Opcode, reply.Header.Status, reply.Header.CorrelationId));
        Assert.Equal(StatusCode.Ok, HelloReply.TryRead(reply.Body, out var hello));
        Assert.Equal((1, 2, 1UL, 0UL),
            (hello.Version, hello.Dimension, hello.CatalogueGeneration, hello.SessionMark));
        Assert.Equal("ebb/0.1", Encoding.UTF8.GetString(hello.Name));
    }

    [Theory]
    [InlineData(Opcode.Ping)]
    [InlineData(Opcode.Observe)]
    [InlineData((Opcode)200)]
    public async Task AnythingElseFirst_HelloRequired_Closes(Opcode opcode)
    {
        await using var harness = await ServerHarness.StartAsync();
        using var connection = await harness.ConnectAsync(isGreeted: false);

        await connection.SendAsync(Frames.Empty(opcode, 9));
        connection.CloseSending();

        var reply = Assert.Single(await connection.ReadToEndAsync());
        Assert.Equal((StatusCode.HelloRequired, 9UL), (reply.Header.Status, reply.Header.CorrelationId));
    }

    [Fact]
    public async Task Hello_NoCommonVersion_IsRefusedAndCloses()
    {
        await using var harness = await ServerHarness.StartAsync();
        using var connection = await harness.ConnectAsync(isGreeted: false);

        await connection.SendAsync(Frames.Hello(versionMin: 2, versionMax: 9));
        connection.CloseSending();

        var reply = Assert.Single(await connection.ReadToEndAsync());
        Assert.Equal(StatusCode.UnsupportedVersion, reply.Header.Status);
    }

    [Fact]
    public async Task Hello_RangeAroundOurVersion_IsAccepted()
    {
        await using var harness = await ServerHarness.StartAsync();
        using var connection = await harness.ConnectAsync(isGreeted: false);

        await connection.SendAsync(Frames.Hello(versionMin: 0, versionMax: 200));

        Assert.Equal(StatusCode.Ok, (await connection.ReadAsync()).Header.Status);
    }

    [Fact]
    public async Task Hello_Twice_IsRefusedAndGoesOn()
    {
        await using var harness = await ServerHarness.StartAsync();
        using var connection = await harness.ConnectAsync();

        await connection.SendAsync(Frames.Hello());
        await connection.SendAsync(Frames.Empty(Opcode.Ping, 5));

        Assert.Equal(StatusCode.Malformed, (await connection.ReadAsync()).Header.Status);
        Assert.Equal((StatusCode.Ok, 5UL), await StatusOf(connection));
    }

    [Fact]
    public async Task NoHello_InTime_IsToldAndClosed()
    {
        var clock = new ManualClock();
        await using var harness = await ServerHarness.StartAsync(options => options with { Clock = clock });
        using var connection = await harness.ConnectAsync(isGreeted: false);
        await Until.TrueAsync(() => harness.Server.ConnectionCount == 1);

        clock.Advance(TimeSpan.FromSeconds(6));

        var notice = await connection.ReadAsync();
        Assert.Equal((Opcode.Notice, StatusCode.HelloRequired), (notice.Header.Opcode, notice.Header.Status));
        connection.CloseSending();
        Assert.Null(await connection.TryReadAsync());
        await Until.TrueAsync(() => harness.Server.ConnectionCount == 0);
    }

    [Fact]
    public async Task Connection_PastTheLimit_IsToldOverloaded()
    {
        await using var harness = await ServerHarness.StartAsync(options => options with { ConnectionCountMax = 1 });
        using var first = await harness.ConnectAsync();
        using var second = await harness.ConnectAsync(isGreeted: false);

        var notice = await second.ReadAsync();

        Assert.Equal((Opcode.Notice, StatusCode.Overloaded), (notice.Header.Opcode, notice.Header.Status));
        await first.SendAsync(Frames.Empty(Opcode.Ping, 2));
        Assert.Equal((StatusCode.Ok, 2UL), await StatusOf(first));
    }

    private static async Task<(StatusCode Status, ulong Correlation)> StatusOf(RawConnection connection)
    {
        var reply = await connection.ReadAsync();
        return (reply.Header.Status, reply.Header.CorrelationId);
    }
}
