using Ebb.Engine.Threading;
using Xunit;

namespace Ebb.Engine.Tests.Threading;

public sealed class WakeSignalTests
{
    private static readonly TimeSpan Never = TimeSpan.FromMinutes(1);

    [Fact]
    public void Wait_SetTwiceBefore_TakesOne()
    {
        var signal = new WakeSignal();
        signal.Set();
        signal.Set();

        Assert.True(signal.Wait(Never));
        Assert.False(signal.Wait(TimeSpan.Zero));
    }

    [Fact]
    public void Wait_NotSet_EndsWithTheTime() => Assert.False(new WakeSignal().Wait(TimeSpan.FromMilliseconds(0.5)));

    [Fact]
    public void Wait_ClosedMeanwhile_IsFalse()
    {
        var signal = new WakeSignal();
        bool? answer = null;
        var waiter = new Thread(() => answer = signal.Wait());
        waiter.Start();
        signal.Close();
        waiter.Join();

        Assert.False(answer);
        Assert.False(signal.Wait());
    }

    [Fact]
    public void Close_WhileSet_IsStillTaken()
    {
        var signal = new WakeSignal();
        signal.Set();
        signal.Close();

        Assert.True(signal.Wait());
        Assert.False(signal.Wait());
    }

    // A signal that is set while the one before is being taken must not be lost: the waiter would sleep for ever.
    [Fact]
    public void Set_InARaceWithWait_WakesForAllWork()
    {
        const int Count = 300_000;
        var signal = new WakeSignal();
        int made = 0;
        int seen = 0;
        var waiter = new Thread(() =>
        {
            while (seen < Count)
            {
                if (!signal.Wait(Never))
                {
                    return;
                }

                seen = Volatile.Read(ref made);
            }
        });
        waiter.Start();
        for (int index = 0; index < Count; index++)
        {
            Volatile.Write(ref made, index + 1);
            signal.Set();
        }

        waiter.Join();

        Assert.Equal(Count, seen);
    }
}
