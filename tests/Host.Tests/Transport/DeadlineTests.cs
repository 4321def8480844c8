using Ebb.Protocol;
using Xunit;

namespace Ebb.Host.Tests.Transport;

/// <summary>Deadlines of the verbs that the transport does itself, on a clock that the test moves.</summary>
public sealed class DeadlineTests
{
    private const uint DeadlineMicroseconds = 1000;

    [Fact]
    public async Task CatalogueVerbs_TurnComesAfterTheDeadline_AreDroppedUndone()
    {
        var clock = new ManualClock();
        var engine = new FakeEngineDoor { Clock = clock, IsHoldingPuts = true };
        await using var harness = await ServerHarness.StartAsync(engine: engine);
        using var connection = await harness.ConnectAsync();

        await connection.SendAsync(Put(2, "first", FrameFlags.None, 0));
        await Until.TrueAsync(() => engine.HeldPutCount == 1);
        await connection.SendAsync(
        [
            .. Put(3, "second", FrameFlags.None, DeadlineMicroseconds),
            .. Put(4, "third", FrameFlags.Publish, DeadlineMicroseconds),
            .. Late(Opcode.Stats, 5),
            .. Put(6, "fourth", FrameFlags.None, uint.MaxValue),
            .. Frames.Empty(Opcode.Ping, 7),
        ]);
        Assert.Equal((7UL, StatusCode.Ok), await ReadAsync(connection));
        clock.Advance(TimeSpan.FromMilliseconds(2));
        engine.ReleaseAll();

        Assert.Equal((2UL, StatusCode.Ok), await ReadAsync(connection));
        Assert.Equal((3UL, StatusCode.DeadlinePassed), await ReadAsync(connection));
        Assert.Equal((4UL, StatusCode.DeadlinePassed), await ReadAsync(connection));
        Assert.Equal((5UL, StatusCode.DeadlinePassed), await ReadAsync(connection));
        Assert.Equal((6UL, StatusCode.Ok), await ReadAsync(connection));
        Assert.Equal(["first", "fourth"], engine.Items.Keys.Order());
    }

    [Fact]
    public async Task Ping_DeadlinePassedWhenItIsReached_IsDropped()
    {
        var clock = new ManualClock { TicksPerRead = TimeSpan.TicksPerSecond };
        await using var harness = await ServerHarness.StartAsync(engine: new FakeEngineDoor { Clock = clock });
        using var connection = await harness.ConnectAsync();

        await connection.SendAsync(Late(Opcode.Ping, 2));
        await connection.SendAsync(Frames.Empty(Opcode.Ping, 3));

        Assert.Equal((2UL, StatusCode.DeadlinePassed), await ReadAsync(connection));
        Assert.Equal((3UL, StatusCode.Ok), await ReadAsync(connection));
    }

    private static async Task<(ulong Correlation, StatusCode Status)> ReadAsync(RawConnection connection)
    {
        var reply = await connection.ReadAsync();
        return (reply.Header.CorrelationId, reply.Header.Status);
    }

    private static byte[] Late(Opcode opcode, ulong correlation)
    {
        byte[] frame = new byte[FrameHeader.Bytes];
        (Frames.Header(opcode, correlation) with { TimeMicroseconds = DeadlineMicroseconds }).Write(frame);
        return frame;
    }

    private static byte[] Put(ulong correlation, string id, FrameFlags flags, uint deadlineMicroseconds)
    {
        var header = Frames.Header(Opcode.ItemPut, correlation) with
        {
            Flags = flags,
            TimeMicroseconds = deadlineMicroseconds,
        };
        return Frames.ItemPut(header, id);
    }
}
