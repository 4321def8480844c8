using System.Net;
using System.Text;
using Ebb.Client;
using Ebb.Host.Tests.Transport;
using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Ebb.Server.Security;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Security;

/// <summary>Who is asked who they are, and what a stranger gets until then.</summary>
public sealed class DoorTests
{
    private const string ReaderToken = "ebb_reader-token";
    private const string ShopToken = "ebb_shop-token";
    private const string AdminToken = "ebb_admin-token";

    private static readonly AccessControl Access = AccessControl.Of(
        Entry("reader", EbbRole.Reader, ReaderToken), Entry("shop", EbbRole.Writer, ShopToken, "shop"),
        Entry("admin", EbbRole.Admin, AdminToken));

    [Fact]
    public async Task Frames_BeforeAuth_AreRefusedAndNothingIsDone()
    {
        await using ServerHarness harness = await StartAsync();
        using RawConnection connection = await harness.ConnectAsync();

        await connection.SendAsync(Frames.Observe(2, [("ann", "north")]));
        await connection.SendAsync(Frames.Recommend(3, "ann", 3));
        await connection.SendAsync(Frames.Empty(Opcode.Stats, 4));
        await connection.SendAsync(Frames.Empty((Opcode)200, 5));
        await connection.SendAsync(Frames.Empty(Opcode.Ping, 6));

        foreach (ulong correlation in new ulong[] { 2, 3, 4, 5 })
        {
            Assert.Equal((StatusCode.AuthRequired, correlation), await StatusAsync(connection));
        }

        Assert.Equal((StatusCode.Ok, 6UL), await StatusAsync(connection));
        Assert.Empty(harness.Engine.Folded);
    }

    [Fact]
    public async Task Auth_EachRole_MayWhatTheTableSays()
    {
        await using ServerHarness harness = await StartAsync();
        using RawConnection reader = await AuthAsync(harness, ReaderToken, EbbRole.Reader);
        await reader.SendAsync(Frames.Recommend(3, "ann", 3));
        Assert.Equal((StatusCode.Ok, 3UL), await StatusAsync(reader));
        await reader.SendAsync(Frames.Observe(4, [("ann", "north")]));
        Assert.Equal((StatusCode.NotAllowed, 4UL), await StatusAsync(reader));
        await reader.SendAsync(Frames.Observe(5, [("ann", "north")], flags: FrameFlags.Durable));
        Assert.Equal((StatusCode.NotAllowed, 5UL), await StatusAsync(reader));
        Assert.Empty(harness.Engine.Folded);

        await reader.SendAsync(Experiments(20, 0));
        Assert.Equal((StatusCode.Ok, 20UL), await StatusAsync(reader));
        await reader.SendAsync(Experiments(21, 3));
        Assert.Equal((StatusCode.NotAllowed, 21UL), await StatusAsync(reader));

        using RawConnection writer = await AuthAsync(harness, ShopToken, EbbRole.Writer);
        await writer.SendAsync(Frames.Observe(6, [("ann", "north")]));
        Assert.Equal((StatusCode.Ok, 6UL), await StatusAsync(writer));
        await writer.SendAsync(Frames.ItemPut(Frames.Header(Opcode.ItemPut, 7), "x"));
        Assert.Equal((StatusCode.NotAllowed, 7UL), await StatusAsync(writer));
        await writer.SendAsync(Frames.Empty(Opcode.Schema, 8));
        Assert.Equal((StatusCode.NotAllowed, 8UL), await StatusAsync(writer));

        using RawConnection admin = await AuthAsync(harness, AdminToken, EbbRole.Admin);
        await admin.SendAsync(Frames.ItemPut(Frames.Header(Opcode.ItemPut, 8), "x"));
        Assert.Equal((StatusCode.Ok, 8UL), await StatusAsync(admin));
        await admin.SendAsync(Frames.Empty(Opcode.Stats, 9));
        Assert.Equal((StatusCode.Ok, 9UL), await StatusAsync(admin));
        await admin.SendAsync(Backup(10, "name"));
        Assert.Equal((StatusCode.Ok, 10UL), await StatusAsync(admin));
        await admin.SendAsync(Backup(11, "../name"));
        Assert.Equal((StatusCode.Malformed, 11UL), await StatusAsync(admin));
    }

    [Fact]
    public async Task Auth_TokenOfATenant_SeesNoOther()
    {
        await using ServerHarness harness = await StartAsync();
        using RawConnection shop = await AuthAsync(harness, ShopToken, EbbRole.Writer);
        await shop.SendAsync(Frames.Tagged(Opcode.Observe, 3, FieldTag.Tenant, "other"u8.ToArray()));
        Assert.Equal((StatusCode.NotAllowed, 3UL), await StatusAsync(shop));
        await shop.SendAsync(Frames.Tagged(Opcode.Observe, 4, FieldTag.Tenant, []));
        Assert.Equal((StatusCode.NotAllowed, 4UL), await StatusAsync(shop));
        await shop.SendAsync(Frames.Tagged(Opcode.Observe, 5, FieldTag.Tenant, "shop"u8.ToArray()));
        Assert.Equal((StatusCode.Malformed, 5UL), await StatusAsync(shop));
        await shop.SendAsync(Frames.Empty(Opcode.Flows, 6));
        Assert.Equal((StatusCode.NotAllowed, 6UL), await StatusAsync(shop));
        await shop.SendAsync(Frames.Empty(Opcode.Trends, 7));
        Assert.Equal((StatusCode.NotAllowed, 7UL), await StatusAsync(shop));
        await shop.SendAsync(Frames.Empty(Opcode.Experiments, 8));
        Assert.Equal((StatusCode.NotAllowed, 8UL), await StatusAsync(shop));

        await shop.SendAsync(Experiments(9, 4, "ann"));
        Assert.Equal((StatusCode.Ok, 9UL), await StatusAsync(shop));

        using RawConnection other = await harness.ConnectAsync(isGreeted: false);
        await other.SendAsync(Frames.Hello(tenant: "other"));
        Assert.Equal(StatusCode.Ok, (await other.ReadAsync()).Header.Status);
        await other.SendAsync(Auth(2, ShopToken));
        other.CloseSending();
        Assert.Equal(StatusCode.NotAllowed, Assert.Single(await other.ReadToEndAsync()).Header.Status);
    }

    [Theory]
    [InlineData("ebb_reader-toke")]
    [InlineData("x")]
    [InlineData("")]
    public async Task Auth_WrongToken_ClosesAndLogsNoSecret(string token)
    {
        var log = new CollectingLoggerFactory();
        await using ServerHarness harness = await StartAsync(options => options with { LoggerFactory = log });
        using RawConnection connection = await harness.ConnectAsync();
        await connection.SendAsync([.. Auth(2, token), .. Frames.Recommend(3, "ann", 3)]);
        connection.CloseSending();

        RawFrame reply = Assert.Single(await connection.ReadToEndAsync());

        Assert.Equal(token.Length == 0 ? StatusCode.Malformed : StatusCode.AuthRequired, reply.Header.Status);
        Assert.True(token.Length < 2 || !log.Text.Contains(token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stranger_LongFrameOrLongSilence_IsClosed()
    {
        var clock = new ManualClock();
        await using ServerHarness harness = await StartAsync(options => options with { Clock = clock });
        using RawConnection longFrame = await harness.ConnectAsync();
        byte[] header = new byte[FrameHeader.Bytes];
        (Frames.Header(Opcode.Observe, 2) with { BodyBytes = 5000 }).Write(header);
        await longFrame.SendAsync(header);
        longFrame.CloseSending();
        Assert.Equal(StatusCode.FrameTooLong, Assert.Single(await longFrame.ReadToEndAsync()).Header.Status);

        using RawConnection silent = await harness.ConnectAsync();
        clock.Advance(TimeSpan.FromSeconds(6));
        RawFrame notice = await silent.ReadAsync();
        Assert.Equal((Opcode.Notice, StatusCode.HelloRequired), (notice.Header.Opcode, notice.Header.Status));
    }

    [Fact]
    public async Task Address_PastItsConnections_IsToldOverloaded()
    {
        await using ServerHarness harness = await ServerHarness.StartAsync(
            options => options with { ConnectionsPerAddressMax = 2, CountsLoopback = true });
        using RawConnection first = await harness.ConnectAsync();
        using (RawConnection second = await harness.ConnectAsync())
        {
            using RawConnection third = await harness.ConnectAsync(isGreeted: false);
            Assert.Equal(StatusCode.Overloaded, (await third.ReadAsync()).Header.Status);
        }

        await Until.TrueAsync(() => harness.Server.ConnectionCount == 1);
        RawFrame? greeted = null;
        while (greeted?.Header.Status is not StatusCode.Ok)
        {
            using RawConnection again = await harness.ConnectAsync(isGreeted: false);
            await again.SendAsync(Frames.Hello());
            greeted = await again.TryReadAsync();
        }
    }

    [Fact]
    public async Task Start_BeyondThisMachineWithoutAccess_IsRefused()
    {
        var open = new EbbServerOptions { Endpoint = new IPEndPoint(IPAddress.Any, 0) };
        await using (var server = new EbbServer(new FakeEngineDoor(), open))
        {
            EbbServerStartException refusal =
                await Assert.ThrowsAsync<EbbServerStartException>(() => server.StartAsync());
            Assert.Contains("--access", refusal.Message);
        }

        EbbServerOptions[] allowed = [open with { Access = Access }, open with { IsUnprotected = true }];
        foreach (EbbServerOptions options in allowed)
        {
            await using var server = new EbbServer(new FakeEngineDoor(), options);
            await server.StartAsync();
            Assert.NotEqual(0, server.Endpoint.Port);
        }
    }

    [Fact]
    public async Task Client_WithToken_IsLetInAndToldOfAWrongOne()
    {
        await using ServerHarness harness = await StartAsync();
        var options = new EbbClientOptions { Endpoint = harness.Endpoint, Token = ShopToken };
        await using EbbClient client = await EbbClient.ConnectAsync(options);
        await client.ObserveAsync([new EbbEvent("ann", "north", EbbEventType.Click, 1000)]);
        Assert.Single(harness.Engine.Folded);
        Assert.DoesNotContain(ShopToken, options.ToString());
        EbbException refused = await Assert.ThrowsAsync<EbbException>(
            () => EbbClient.ConnectAsync(options with { Token = "ebb_wrong" }));
        Assert.Equal(StatusCode.AuthRequired, refused.Status);
        Assert.DoesNotContain("ebb_wrong", refused.ToString());
    }

    private static Task<ServerHarness> StartAsync(Func<EbbServerOptions, EbbServerOptions>? configure = null) =>
        ServerHarness.StartAsync(options =>
        {
            EbbServerOptions guarded = options with { Access = Access };
            return configure?.Invoke(guarded) ?? guarded;
        });

    private static AccessEntry Entry(string name, EbbRole role, string token, string? tenant = null) => new(
        name, role, AccessControl.Hash(Encoding.UTF8.GetBytes(token)), "",
        tenant is null ? null : Encoding.UTF8.GetBytes(tenant));

    private static async Task<RawConnection> AuthAsync(ServerHarness harness, string token, EbbRole expected)
    {
        RawConnection connection = await harness.ConnectAsync();
        await connection.SendAsync(Auth(2, token));
        RawFrame reply = await connection.ReadAsync();
        Assert.Equal(StatusCode.Ok, reply.Header.Status);
        Assert.Equal(StatusCode.Ok, AuthReply.TryRead(reply.Body, out AuthReply told));
        Assert.Equal(expected, told.Role);
        return connection;
    }

    private static byte[] Auth(ulong correlation, string token)
    {
        using var buffer = new FrameBuffer();
        var frame = new FrameWriter(buffer, Frames.Header(Opcode.Auth, correlation));
        new AuthRequest { Token = Encoding.UTF8.GetBytes(token) }.Write(frame.Body());
        frame.Complete();
        return buffer.Written.ToArray();
    }

    private static byte[] Experiments(ulong correlation, byte what, string user = "")
    {
        using var buffer = new FrameBuffer();
        var frame = new FrameWriter(buffer, Frames.Header(Opcode.Experiments, correlation));
        new ExperimentsRequest { What = (EbbExperimentsVerb)what, Policy = Encoding.UTF8.GetBytes(user) }
            .Write(frame.Body());
        frame.Complete();
        return buffer.Written.ToArray();
    }

    private static byte[] Backup(ulong correlation, string name)
    {
        using var buffer = new FrameBuffer();
        var frame = new FrameWriter(buffer, Frames.Header(Opcode.Backup, correlation));
        new BackupRequest { Name = Encoding.UTF8.GetBytes(name) }.Write(frame.Body());
        frame.Complete();
        return buffer.Written.ToArray();
    }

    private static async Task<(StatusCode Status, ulong Correlation)> StatusAsync(RawConnection connection)
    {
        RawFrame reply = await connection.ReadAsync();
        return (reply.Header.Status, reply.Header.CorrelationId);
    }
}
