using System.Text;
using Ebb.Host.Tests.Protocol;
using Ebb.Protocol;
using Xunit;

namespace Ebb.Host.Tests.Transport;

/// <summary>Peers that send nonsense: an answer or a close, and nobody else notices.</summary>
public sealed class BadInputTests
{
    [Fact]
    public async Task BadMagic_NoticeThenClose()
    {
        await using var harness = await ServerHarness.StartAsync();
        using var connection = await harness.ConnectAsync(isGreeted: false);

        await connection.SendAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\n\r\n"));
        var notice = await connection.ReadAsync();
        connection.CloseSending();

        Assert.Equal((Opcode.Notice, StatusCode.Malformed), (notice.Header.Opcode, notice.Header.Status));
        Assert.Null(await connection.TryReadAsync());
    }

    [Fact]
    public async Task FrameTooLong_IsRefusedFromItsHeaderAlone()
    {
        await using var harness = await ServerHarness.StartAsync();
        using var connection = await harness.ConnectAsync();
        byte[] header = new byte[FrameHeader.Bytes];
        (Frames.Header(Opcode.Observe, 7) with { BodyBytes = uint.MaxValue }).Write(header);

        await connection.SendAsync(header);
        var reply = await connection.ReadAsync();
        connection.CloseSending();

        Assert.Equal((StatusCode.FrameTooLong, 7UL), (reply.Header.Status, reply.Header.CorrelationId));
        Assert.Null(await connection.TryReadAsync());
    }

    [Fact]
    public async Task FirstFrame_LargerThanAHello_IsRefused()
    {
        await using var harness = await ServerHarness.StartAsync();
        using var connection = await harness.ConnectAsync(isGreeted: false);
        byte[] header = new byte[FrameHeader.Bytes];
        (Frames.Header(Opcode.Hello, 1) with { BodyBytes = 4096 }).Write(header);

        await connection.SendAsync(header);

        Assert.Equal(StatusCode.FrameTooLong, (await connection.ReadAsync()).Header.Status);
    }

    [Fact]
    public async Task UnknownOpcode_IsRefusedAndGoesOn()
    {
        await using var harness = await ServerHarness.StartAsync();
        using var connection = await harness.ConnectAsync();

        await connection.SendAsync([.. Frames.Empty((Opcode)99, 2), .. Frames.Empty(Opcode.Ping, 3)]);

        Assert.Equal(StatusCode.UnknownOpcode, (await connection.ReadAsync()).Header.Status);
        Assert.Equal(StatusCode.Ok, (await connection.ReadAsync()).Header.Status);
    }

    [Theory]
    [InlineData((FrameFlags)0x0100, StatusCode.UnsupportedVersion)]
    [InlineData((FrameFlags)0x8000, StatusCode.UnsupportedVersion)]
    [InlineData(FrameFlags.Durable, StatusCode.Ok)]
    public async Task Flags_Unknown_AreRefused(FrameFlags flags, StatusCode expected)
    {
        await using var harness = await ServerHarness.StartAsync();
        using var connection = await harness.ConnectAsync();

        await connection.SendAsync(Frames.Empty(Opcode.Ping, 2, flags));

        Assert.Equal(expected, (await connection.ReadAsync()).Header.Status);
    }

    [Fact]
    public async Task ReplyFlagFromClient_Closes()
    {
        await using var harness = await ServerHarness.StartAsync();
        using var connection = await harness.ConnectAsync();

        await connection.SendAsync(Frames.Empty(Opcode.Ping, 2, FrameFlags.Reply));
        connection.CloseSending();

        var notice = Assert.Single(await connection.ReadToEndAsync());
        Assert.Equal((Opcode.Notice, StatusCode.Malformed), (notice.Header.Opcode, notice.Header.Status));
    }

    [Fact]
    public async Task Version_NotAgreedOn_Closes()
    {
        await using var harness = await ServerHarness.StartAsync();
        using var connection = await harness.ConnectAsync();
        byte[] frame = Frames.Empty(Opcode.Ping, 2);
        frame[4] = 2;

        await connection.SendAsync(frame);
        connection.CloseSending();

        var reply = Assert.Single(await connection.ReadToEndAsync());
        Assert.Equal(StatusCode.UnsupportedVersion, reply.Header.Status);
    }

    [Fact]
    public async Task MalformedBody_NothingOfItIsDone()
    {
        await using var harness = await ServerHarness.StartAsync();
        using var connection = await harness.ConnectAsync();
        byte[] frame = Frames.Observe(2, [("ann", "a"), ("bob", "b")]);
        frame[^16] = 0xFF;

        await connection.SendAsync([.. frame, .. Frames.Empty(Opcode.Ping, 3)]);

        Assert.Equal(StatusCode.Malformed, (await connection.ReadAsync()).Header.Status);
        Assert.Equal(StatusCode.Ok, (await connection.ReadAsync()).Header.Status);
        Assert.Empty(harness.Engine.Folded);
    }

    [Fact]
    public async Task EveryTruncatedPrefix_OfEveryRequest_EndsWithoutHarmToOthers()
    {
        await using var harness = await ServerHarness.StartAsync();
        using var other = await harness.ConnectAsync();
        ulong correlation = 2;
        foreach (var vector in Vector.All.Where(vector => !vector.IsReply && vector.Header.Opcode != Opcode.Hello))
        {
            // A stride that is coprime to all field widths: every kind of cut, in a fraction of the connections.
            for (int length = 1; length < vector.Bytes.Length; length += 5)
            {
                using var connection = await harness.ConnectAsync();
                await connection.SendAsync(vector.Bytes.AsMemory(0, length));
                connection.CloseSending();
                Assert.Empty(await connection.ReadToEndAsync());
            }

            await other.SendAsync(Frames.Empty(Opcode.Ping, ++correlation));
            Assert.Equal(correlation, (await other.ReadAsync()).Header.CorrelationId);
        }

        await Until.TrueAsync(() => harness.Server.ConnectionCount == 1);
    }

    [Fact]
    public async Task EveryRequest_ByteByByte_IsAnswered()
    {
        await using var harness = await ServerHarness.StartAsync();
        using var connection = await harness.ConnectAsync();
        foreach (var vector in Vector.All.Where(vector => !vector.IsReply && vector.Header.Opcode != Opcode.Hello))
        {
            for (int index = 0; index < vector.Bytes.Length; index++)
            {
                await connection.SendAsync(vector.Bytes.AsMemory(index, 1));
            }

            var reply = await connection.ReadAsync();
            Assert.Equal((vector.Header.Opcode, vector.Header.CorrelationId, StatusCode.Ok),
                (reply.Header.Opcode, reply.Header.CorrelationId, reply.Header.Status));
        }
    }

    [Fact]
    public async Task MutatedFrames_OverManyConnections_NeverStopTheServer()
    {
        await using var harness = await ServerHarness.StartAsync();
        var random = new Random(42);
        for (int round = 0; round < 100; round++)
        {
            using var connection = await harness.ConnectAsync();
            for (int index = 0; index < 20; index++)
            {
                byte[] bytes = [.. Vector.All[random.Next(Vector.All.Count)].Bytes];
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                try
                {
                    await connection.SendAsync(bytes);
                }
                catch (System.Net.Sockets.SocketException)
                {
                    break;
                }
            }
        }

        using var after = await harness.ConnectAsync();
        await after.SendAsync(Frames.Empty(Opcode.Ping, 2));
        Assert.Equal(StatusCode.Ok, (await after.ReadAsync()).Header.Status);
    }
}
