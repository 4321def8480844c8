using Ebb.Protocol;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Transport;

public sealed class ReplyHeadTests
{
    [Theory]
    [InlineData(0, 0u)]
    [InlineData(20, 20_000u)]
    [InlineData(-20, 0u)]
    public void QueueMicroseconds_IsTheTimeBeforeTheWorkBegan(int waitedMs, uint expected)
    {
        var clock = new ManualClock();
        long arrivedAt = clock.GetTimestamp();
        var reply = new ReplyHead(Opcode.Observe, 1, arrivedAt, 0)
        {
            BegunAt = waitedMs == 0 ? 0 : arrivedAt + TimeSpan.FromMilliseconds(waitedMs).Ticks,
        };

        Assert.Equal(expected, reply.QueueMicroseconds(clock));
    }
}
