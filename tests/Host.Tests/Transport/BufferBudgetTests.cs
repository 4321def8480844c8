using Ebb.Protocol;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Transport;

/// <summary>The limit on what waits in buffers over all connections.</summary>
public sealed class BufferBudgetTests
{
    private const int Limit = 1 << 20;

    [Fact]
    public async Task Requests_PastTheLimit_AreOverloadedForAllUntilSomeAreAnswered()
    {
        await using ServerHarness harness = await StartAsync(new ManualClock());
        harness.Engine.IsHolding = true;
        using RawConnection other = await harness.ConnectAsync();
        using RawConnection greedy = await harness.ConnectAsync();
        byte[] large = Large();
        int sent = 0;
        while (await AskAsync(other) != StatusCode.Overloaded)
        {
            Assert.True(sent++ < 200, "two hundred frames are more than the limit");
            await greedy.SendAsync(large);
        }

        int taken = harness.Engine.HeldCount;
        await other.SendAsync(Frames.Recommend(4, "ann", 3));
        RawFrame refused = await other.ReadAsync();
        Assert.Equal(StatusCode.Overloaded, refused.Header.Status);
        Assert.Equal(StatusCode.Ok, TaggedFields.TryRead(refused.Tagged, out TaggedFields fields));
        Assert.True(fields.RetryAfterMs > 0);
        Assert.Equal(taken, harness.Engine.HeldCount);

        harness.Engine.IsHolding = false;
        harness.Engine.ReleaseAll();
        for (int reply = 0; reply < sent; reply++)
        {
            StatusCode status = (await greedy.ReadAsync()).Header.Status;
            Assert.True(status is StatusCode.Ok or StatusCode.Overloaded, $"{status}");
        }

        await AskUntilAsync(other, StatusCode.Ok);
    }

    [Fact]
    public async Task FrameThatNeverEnds_PastTheLimit_ItsConnectionIsClosedAndOthersGoOn()
    {
        var clock = new ManualClock();
        await using ServerHarness harness = await StartAsync(clock);
        using RawConnection other = await harness.ConnectAsync();
        using RawConnection greedy = await harness.ConnectAsync();
        byte[] header = new byte[FrameHeader.Bytes];
        (Frames.Header(Opcode.Observe, 2) with { BodyBytes = 3 << 20 }).Write(header);
        await greedy.SendAsync(header);
        await greedy.SendAsync(new byte[2 << 20]);
        await AskUntilAsync(other, StatusCode.Overloaded);

        clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Empty(await greedy.ReadToEndAsync());
        await AskUntilAsync(other, StatusCode.Ok);
        await Until.TrueAsync(() => harness.Server.ConnectionCount == 1);
    }

    [Fact]
    public void Account_InStepsAndClosed_LeavesNothing()
    {
        var budget = new BufferBudget(Limit);
        var first = new BufferAccount(budget);
        var second = new BufferAccount(budget);
        first.Settle(() => BufferBudget.StepBytes - 1);
        Assert.Equal(0, budget.Bytes);
        first.Settle(() => 5 * BufferBudget.StepBytes);
        second.Settle(() => Limit);
        Assert.True(budget.IsFull);
        second.Settle(() => 0);
        Assert.Equal((5 * BufferBudget.StepBytes, false), (budget.Bytes, budget.IsFull));
        first.Close();
        first.Settle(() => 9 * BufferBudget.StepBytes);
        Assert.Equal(0, budget.Bytes);
    }

    private static async Task<StatusCode> AskAsync(RawConnection connection)
    {
        await connection.SendAsync(Frames.Empty(Opcode.Ping, 9));
        return (await connection.ReadAsync()).Header.Status;
    }

    private static async Task AskUntilAsync(RawConnection connection, StatusCode wanted)
    {
        var waited = System.Diagnostics.Stopwatch.StartNew();
        while (await AskAsync(connection) != wanted)
        {
            Assert.True(waited.Elapsed < RawConnection.Patience, $"{wanted} never came");
        }
    }

    private static byte[] Large() =>
        Frames.Observe(3, [.. Enumerable.Range(0, 1500).Select(user => ($"user-{user}", "north"))]);

    private static Task<ServerHarness> StartAsync(ManualClock clock) => ServerHarness.StartAsync(
        options => options with { BufferedBytesMax = Limit, Clock = clock });
}
