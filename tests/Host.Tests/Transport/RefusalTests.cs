using Ebb.Protocol;
using Xunit;

namespace Ebb.Host.Tests.Transport;

/// <summary>A refusal says what was wrong, so that the writer of a client need not guess.</summary>
public sealed class RefusalTests
{
    private static readonly byte[] Zero = new byte[8];

    public static TheoryData<string, byte[], StatusCode, string> Refused => new()
    {
        { "flag", Frames.Empty(Opcode.Ping, 2, (FrameFlags)0x0100), StatusCode.UnsupportedVersion, "flag" },
        { "tag", Frames.Tagged(Opcode.Ping, 2, (FieldTag)0x8777, []), StatusCode.UnsupportedVersion, "critical tag" },
        { "tenant", Frames.Tagged(Opcode.Ping, 2, FieldTag.Tenant, new byte[33]), StatusCode.IdLength, "tenant" },
        { "length", Frames.Tagged(Opcode.Ping, 2, FieldTag.Session, [1]), StatusCode.Malformed, "length" },
        { "session", Frames.Tagged(Opcode.Observe, 2, FieldTag.Session, Zero), StatusCode.Malformed, "SESSION" },
        { "sequence", Frames.Tagged(Opcode.Observe, 2, FieldTag.Sequence, Zero), StatusCode.Malformed, "SEQUENCE" },
        { "K", Frames.Recommend(2, "ann", 0), StatusCode.KOutOfRange, "K must be 1 to 1000" },
        { "user", Frames.Recommend(2, "", 1), StatusCode.IdLength, "user id" },
        { "count", Count(Opcode.Observe, 10_001), StatusCode.TooManyEntries, "10000 events or items" },
        { "items", Count(Opcode.ItemPut, 10_001), StatusCode.TooManyEntries, "10000 events or items" },
        { "short", Count(Opcode.ItemRemove, 1), StatusCode.Malformed, "body" },
        { "flags", Count(Opcode.ItemPut, 0, FrameFlags.Stage | FrameFlags.Publish), StatusCode.Malformed, "STAGE" },
        { "second", Frames.Hello(), StatusCode.Malformed, "once" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Frame_Refused_SaysWhyAndGoesOn(string what, byte[] frame, StatusCode status, string words)
    {
        await using var harness = await ServerHarness.StartAsync();
        using var connection = await harness.ConnectAsync();

        await connection.SendAsync([.. frame, .. Frames.Empty(Opcode.Ping, 9)]);
        var reply = await connection.ReadAsync();

        Assert.Equal((what, status), (what, reply.Header.Status));
        Assert.Contains(words, reply.Message, StringComparison.Ordinal);
        Assert.Equal(StatusCode.Ok, (await connection.ReadAsync()).Header.Status);
    }

    [Theory]
    [InlineData(4095u, "4096")]
    [InlineData(4096u, "")]
    public async Task Hello_ShortestFrameThatAClientTakes_Is4096(uint frameBytesMax, string words)
    {
        await using var harness = await ServerHarness.StartAsync();
        using var connection = await harness.ConnectAsync(isGreeted: false);

        await connection.SendAsync(Frames.Hello(0, "", (1, 1), frameBytesMax));
        var reply = await connection.ReadAsync();

        Assert.Equal(words.Length > 0 ? StatusCode.Malformed : StatusCode.Ok, reply.Header.Status);
        Assert.Contains(words, reply.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hello_WithBytesLeftOut_IsRefusedAndCloses()
    {
        await using var harness = await ServerHarness.StartAsync();
        using var connection = await harness.ConnectAsync(isGreeted: false);

        await connection.SendAsync(Frames.Empty(Opcode.Hello, 1));
        connection.CloseSending();

        var reply = Assert.Single(await connection.ReadToEndAsync());
        Assert.Equal(StatusCode.Malformed, reply.Header.Status);
        Assert.Contains("the body of HELLO", reply.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reply_LongerThanTheClientTakes_IsFrameTooLongAndTheWriteIsDone()
    {
        await using var harness = await ServerHarness.StartAsync();
        using var connection = await harness.ConnectAsync(isGreeted: false);
        await connection.SendAsync(Frames.Hello(0, "", (1, 1), 4096));
        await connection.ReadAsync();

        await connection.SendAsync(Frames.Observe(2, [.. Enumerable.Repeat(("ann", "item"), 3000)]));
        var reply = await connection.ReadAsync();

        Assert.Equal((StatusCode.FrameTooLong, 0u), (reply.Header.Status, reply.Header.BodyBytes));
        Assert.Contains("has been done", reply.Message, StringComparison.Ordinal);
        Assert.Equal(3000, harness.Engine.Folded.Count);
    }

    private static byte[] Count(Opcode opcode, uint count, FrameFlags flags = FrameFlags.None)
    {
        using var buffer = new FrameBuffer();
        var frame = new FrameWriter(buffer, Frames.Header(opcode, 2) with { Flags = flags });
        frame.Body().WriteUInt32(count);
        frame.Complete();
        return buffer.Written.ToArray();
    }
}
