using Ebb.Engine.Batching;
using Ebb.Engine.Log;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Transport;

public sealed class DurableTrackerTests
{
    private readonly DurableTracker _tracker = new(0);
    private readonly ScriptedDurability _engine = new();

    [Fact]
    public void TryAdvance_UnansweredWrite_HoldsTheMark()
    {
        var first = _tracker.Begin(1);
        var rest = Enumerable.Range(2, 200).Select(index => _tracker.Begin((ulong)index)).ToArray();
        Array.ForEach(rest, group => _tracker.Answered(group, []));

        Assert.False(_tracker.TryAdvance(_engine));
        _tracker.Answered(first, []);

        Assert.True(_tracker.TryAdvance(_engine));
        Assert.Equal(201UL, _tracker.Mark);
        Assert.False(_tracker.HasPending);
    }

    [Fact]
    public void TryAdvance_EveryPartitionMustBeDurable()
    {
        var group = _tracker.Begin(5);
        _tracker.Answered(group, [At(0, 10), At(1, 20)]);
        _engine.Durable[0] = 10;
        _engine.Durable[1] = 19;
        Assert.False(_tracker.TryAdvance(_engine));

        _engine.Durable[1] = 20;

        Assert.True(_tracker.TryAdvance(_engine));
        Assert.Equal(5UL, _tracker.Mark);
    }

    [Fact]
    public void TryAdvance_TheHighestPositionOfAPartitionCounts()
    {
        var first = _tracker.Begin(1);
        var second = _tracker.Begin(2);
        _tracker.Answered(second, [At(0, 11)]);
        _tracker.Answered(first, [At(0, 10)]);
        _engine.Durable[0] = 10;
        Assert.False(_tracker.TryAdvance(_engine));

        _engine.Durable[0] = 11;

        Assert.True(_tracker.TryAdvance(_engine));
        Assert.Equal(2UL, _tracker.Mark);
    }

    [Fact]
    public void Mark_StartsWhereTheSessionWas_AndNeverFalls()
    {
        var tracker = new DurableTracker(50);
        tracker.Answered(tracker.Begin(10), []);
        tracker.TryAdvance(_engine);

        Assert.Equal(50UL, tracker.Mark);
    }

    [Fact]
    public void Begin_CommitsFarBehind_StaysBounded()
    {
        for (ulong sequence = 1; sequence <= 400_000; sequence++)
        {
            _tracker.Answered(_tracker.Begin(sequence), [At(0, sequence)]);
        }

        Assert.InRange(_tracker.GroupCount, 1, 4096);
        _engine.Durable[0] = 400_000;
        Assert.True(_tracker.TryAdvance(_engine));
        Assert.Equal(400_000UL, _tracker.Mark);
    }

    private static PartitionPosition At(ushort partition, ulong sequence) =>
        new(partition, new LogPosition(1, sequence));
}
