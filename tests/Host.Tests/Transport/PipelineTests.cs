using System.Buffers.Binary;
using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Xunit;

namespace Ebb.Host.Tests.Transport;

/// <summary>Many requests at once on one connection: order, limits, marks, and the end.</summary>
public sealed class PipelineTests
{
    [Fact]
    public async Task Replies_ComeInTheOrderOfCompletion()
    {
        await using var harness = await ServerHarness.StartAsync();
        harness.Engine.IsHolding = true;
        using var connection = await harness.ConnectAsync();

        await connection.SendAsync([.. Frames.Recommend(2, "ann", 1), .. Frames.Recommend(3, "bob", 1)]);
        await Until.TrueAsync(() => harness.Engine.HeldCount == 2);
        harness.Engine.ReleaseHeld(1);
        Assert.Equal(3UL, (await connection.ReadAsync()).Header.CorrelationId);
        harness.Engine.ReleaseHeld(0);

        Assert.Equal(2UL, (await connection.ReadAsync()).Header.CorrelationId);
    }

    [Fact]
    public async Task ThousandFramesInOneWrite_AreAllAnswered()
    {
        await using var harness = await ServerHarness.StartAsync();
        using var connection = await harness.ConnectAsync();
        var all = new List<byte>();
        for (ulong correlation = 2; correlation < 1002; correlation++)
        {
            all.AddRange(Frames.Observe(correlation, [("ann", "item-" + correlation)]));
        }

        await connection.SendAsync(all.ToArray());
        var answered = new HashSet<ulong>();
        for (int index = 0; index < 1000; index++)
        {
            answered.Add((await connection.ReadAsync()).Header.CorrelationId);
        }

        Assert.Equal(1000, answered.Count);
        Assert.Equal(Enumerable.Range(2, 1000).Select(index => "item-" + index),
            harness.Engine.Folded.Select(one => one.Item));
    }

    [Fact]
    public async Task InFlightLimit_Reached_StopsReadingUntilOneIsAnswered()
    {
        var limits = new ProtocolLimits { InFlightMax = 4 };
        await using var harness = await ServerHarness.StartAsync(options => options with { Limits = limits });
        harness.Engine.IsHolding = true;
        using var connection = await harness.ConnectAsync();
        for (ulong correlation = 2; correlation < 12; correlation++)
        {
            await connection.SendAsync(Frames.Recommend(correlation, "ann", 1));
        }

        await Until.TrueAsync(() => harness.Engine.HeldCount == 4);
        for (int index = 0; index < 6; index++)
        {
            harness.Engine.ReleaseHeld(0);
            await connection.ReadAsync();
            await Until.TrueAsync(() => harness.Engine.HeldCount == 4);
        }

        harness.Engine.ReleaseAll();
        for (int index = 0; index < 4; index++)
        {
            await connection.ReadAsync();
        }
    }

    [Fact]
    public async Task ReplyPastThePeersLimit_ComesAsFrameTooLong()
    {
        await using var harness = await ServerHarness.StartAsync();
        using var connection = await harness.ConnectAsync(isGreeted: false);
        await connection.SendAsync(Frames.Hello(0, "", (1, 1), 4096));
        await connection.ReadAsync();

        await connection.SendAsync([.. Frames.Recommend(2, "ann", 1000), .. Frames.Recommend(3, "ann", 10)]);

        var refused = await connection.ReadAsync();
        Assert.Equal((StatusCode.FrameTooLong, 0u), (refused.Header.Status, refused.Header.BodyBytes));
        Assert.Equal(StatusCode.Ok, (await connection.ReadAsync()).Header.Status);
    }

    [Fact]
    public async Task SlowReader_IsClosedAndOthersGoOn()
    {
        var clock = new ManualClock();
        await using var harness = await ServerHarness.StartAsync(options => options with { Clock = clock });
        using var slow = await harness.ConnectAsync();
        using var other = await harness.ConnectAsync();
        var sending = Task.Run(async () =>
        {
            for (ulong correlation = 2; correlation < 4000; correlation++)
            {
                await slow.SendAsync(Frames.Recommend(correlation, "ann", 1000, explain: true));
            }
        });

        await Until.TrueAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return harness.Server.ConnectionCount == 1;
        });

        await Task.WhenAny(sending);
        await other.SendAsync(Frames.Empty(Opcode.Ping, 2));
        Assert.Equal(StatusCode.Ok, (await other.ReadAsync()).Header.Status);
    }

    [Fact]
    public async Task DurableUpTo_FollowsCommits_AndIdlePeersAreTold()
    {
        await using var harness = await ServerHarness.StartAsync();
        harness.Engine.IsAlwaysDurable = false;
        using var connection = await harness.ConnectAsync(session: 7);

        await connection.SendAsync(Frames.Observe(2, [("ann", "a"), ("bob", "b")], sequence: 1));
        Assert.Equal(0UL, (await connection.ReadAsync()).DurableUpTo);
        harness.Engine.Commit();
        var notice = await connection.ReadAsync();
        Assert.Equal((Opcode.Notice, 2UL), (notice.Header.Opcode, notice.DurableUpTo));

        await connection.SendAsync(Frames.Observe(3, [("ann", "c")], sequence: 3));
        Assert.Equal(2UL, (await connection.ReadAsync()).DurableUpTo);
        await connection.SendAsync(Frames.Observe(4, [("cat", "d")], sequence: 4, FrameFlags.Durable));
        await Until.TrueAsync(() => harness.Engine.Folded.Count == 4);
        harness.Engine.Commit();
        var durable = await connection.ReadAsync();
        Assert.Equal((4UL, 4UL), (durable.Header.CorrelationId, durable.DurableUpTo));
    }

    [Fact]
    public async Task Session_ConnectedAgain_IsToldItsMarkAndDuplicates()
    {
        await using var harness = await ServerHarness.StartAsync();
        using (var first = await harness.ConnectAsync(session: 7))
        {
            await first.SendAsync(Frames.Observe(2, [("ann", "a"), ("ann", "b")], sequence: 1));
            await first.ReadAsync();
        }

        await Until.TrueAsync(() => harness.Server.ConnectionCount == 0);
        using var second = await harness.ConnectAsync(isGreeted: false);
        await second.SendAsync(Frames.Hello(session: 7));
        HelloReply.TryRead((await second.ReadAsync()).Body, out var hello);
        Assert.Equal(2UL, hello.SessionMark);
        await second.SendAsync(Frames.Observe(2, [("ann", "b"), ("ann", "c")], sequence: 2));

        Assert.Equal([StatusCode.Duplicate, StatusCode.Ok], Statuses(await second.ReadAsync()));
        Assert.Equal(["a", "b", "c"], harness.Engine.Folded.Select(one => one.Item));
    }

    [Fact]
    public async Task Observe_OnePartitionRefuses_TheOthersEventsAreToldAsDone()
    {
        await using var harness = await ServerHarness.StartAsync(
            engine: new FakeEngineDoor { OverloadedPartition = 'e' % 2 });
        using var connection = await harness.ConnectAsync();

        await connection.SendAsync(Frames.Observe(2, [("ann", "a"), ("eve", "b")]));
        await connection.SendAsync(Frames.Observe(3, [("eve", "c")]));

        Assert.Equal([StatusCode.Ok, StatusCode.Overloaded], Statuses(await connection.ReadAsync()));
        Assert.Equal(StatusCode.Overloaded, (await connection.ReadAsync()).Header.Status);
        Assert.Equal(["a"], harness.Engine.Folded.Select(one => one.Item));
    }

    [Fact]
    public async Task Session_WhileItsOldConnectionIsOpen_IsToldTheLiveMark()
    {
        await using var harness = await ServerHarness.StartAsync();
        using var old = await harness.ConnectAsync(session: 7);
        await old.SendAsync(Frames.Observe(2, [("ann", "a"), ("ann", "b")], sequence: 1));
        await old.ReadAsync();

        using var second = await harness.ConnectAsync(isGreeted: false);
        await second.SendAsync(Frames.Hello(session: 7));
        HelloReply.TryRead((await second.ReadAsync()).Body, out var hello);

        Assert.Equal((2, 2UL), (harness.Server.ConnectionCount, hello.SessionMark));
    }

    [Fact]
    public async Task Stop_InFlight_IsAnsweredBeforeTheClose()
    {
        await using var harness = await ServerHarness.StartAsync();
        harness.Engine.IsHolding = true;
        using var connection = await harness.ConnectAsync();
        await connection.SendAsync(Frames.Recommend(2, "ann", 3));
        await Until.TrueAsync(() => harness.Engine.HeldCount == 1);

        var stopping = harness.Server.StopAsync();
        var notice = await connection.ReadAsync();
        Assert.Equal((Opcode.Notice, StatusCode.ShuttingDown), (notice.Header.Opcode, notice.Header.Status));
        harness.Engine.ReleaseAll();

        Assert.Equal((2UL, StatusCode.Ok), await CorrelationAndStatus(connection));
        connection.CloseSending();
        Assert.Null(await connection.TryReadAsync());
        await stopping;
        Assert.Equal(0, harness.Server.ConnectionCount);
    }

    [Fact]
    public async Task ClosedSending_WhatWasRead_IsStillAnswered()
    {
        await using var harness = await ServerHarness.StartAsync();
        harness.Engine.IsHolding = true;
        using var connection = await harness.ConnectAsync();
        await connection.SendAsync(Frames.Recommend(2, "ann", 3));
        connection.CloseSending();
        await Until.TrueAsync(() => harness.Engine.HeldCount == 1);
        harness.Engine.ReleaseAll();

        Assert.Equal((2UL, StatusCode.Ok), await CorrelationAndStatus(connection));
        Assert.Null(await connection.TryReadAsync());
    }

    [Fact]
    public async Task ThousandIdleConnections_DoNotHinderOne()
    {
        await using var harness = await ServerHarness.StartAsync();
        var idle = new List<RawConnection>();
        try
        {
            for (int index = 0; index < 1000; index++)
            {
                idle.Add(await harness.ConnectAsync(isGreeted: false));
            }

            using var busy = await harness.ConnectAsync();
            await busy.SendAsync(Frames.Empty(Opcode.Ping, 2));

            Assert.Equal((2UL, StatusCode.Ok), await CorrelationAndStatus(busy));
            await Until.TrueAsync(() => harness.Server.ConnectionCount == 1001);
        }
        finally
        {
            idle.ForEach(connection => connection.Dispose());
        }

        await Until.TrueAsync(() => harness.Server.ConnectionCount == 0);
    }

    private static async Task<(ulong Correlation, StatusCode Status)> CorrelationAndStatus(RawConnection connection)
    {
        var reply = await connection.ReadAsync();
        return (reply.Header.CorrelationId, reply.Header.Status);
    }

    private static StatusCode[] Statuses(RawFrame reply) =>
        [.. Enumerable.Range(0, (int)BinaryPrimitives.ReadUInt32LittleEndian(reply.Body)).Select(index =>
            (StatusCode)BinaryPrimitives.ReadUInt16LittleEndian(reply.Body.AsSpan(4 + (index * 2))))];
}
