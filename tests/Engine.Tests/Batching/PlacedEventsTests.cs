using Ebb.Engine.Batching;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Batching;

/// <summary>Many callers' events in one request, against a request for each.</summary>
public sealed class PlacedEventsTests
{
    private const int EventCount = 3_000;
    private const int UserCount = 50;
    private const int ItemCount = 40;

    [Fact]
    public async Task AddPlacedEvent_SameEventsAsRequestsOfTheirOwn_LeavesTheSameState()
    {
        await using InterestEngine alone = await OpenWithItemsAsync(Options(), ItemCount);
        await using InterestEngine together = await OpenWithItemsAsync(Options(), ItemCount);
        var random = new Random(42);
        Event[] events = [.. Enumerable.Range(0, EventCount).Select(_ => Event.Draw(random))];
        EntryStatus[] statusesAlone = Run(alone, events, isPlaced: false);
        EntryStatus[] statusesTogether = Run(together, events, isPlaced: true);

        Assert.Equal(statusesAlone, statusesTogether);
        Assert.Contains(EntryStatus.Ok, statusesAlone);
        Assert.Contains(EntryStatus.Duplicate, statusesAlone);
        Assert.Contains(EntryStatus.Parked, statusesAlone);
        Assert.Contains(EntryStatus.UnknownEventType, statusesAlone);
        Assert.Equal(
            await alone.ComputeStateHashAsync(), await together.ComputeStateHashAsync());
        Assert.Equal(alone.GetStats().RequestsBegun, together.GetStats().RequestsBegun);
        Assert.Equal(EventCount, together.GetStats().RequestsBegun);
    }

    [Fact]
    public async Task AddPlacedEvent_QueueWithoutRoom_RefusesEveryEvent()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(
            Options(partitionCount: 1) with { QueueCountMax = 3 }, ItemCount);
        var random = new Random(42);
        Event[] events = [.. Enumerable.Range(0, 4).Select(_ => Event.Draw(random))];
        Assert.All(Run(engine, events, isPlaced: true), status => Assert.Equal(EntryStatus.Overloaded, status));
        Assert.Equal(0, engine.GetStats().EventsApplied);
    }

    private static EntryStatus[] Run(InterestEngine engine, Event[] events, bool isPlaced)
    {
        IRequestHandoff handoff = engine.NewHandoff();
        var statuses = new EntryStatus[events.Length];
        var done = new Countdown();
        var open = new Dictionary<ushort, Numbered>();
        for (int index = 0; index < events.Length; index++)
        {
            Event one = events[index];
            Assert.True(handoff.TryPlace(one.User, out UserPlace place));
            ushort key = isPlaced ? place.Partition : (ushort)0;
            if (!open.TryGetValue(key, out Numbered? request))
            {
                open[key] = request = new Numbered(done, statuses);
            }

            request.Add(place, one, index, isPlaced);
            if (!isPlaced || index % 100 == 99)
            {
                Send(handoff, open, done);
            }
        }

        Send(handoff, open, done);
        return statuses;
    }

    private static void Send(IRequestHandoff handoff, Dictionary<ushort, Numbered> open, Countdown done)
    {
        if (open.Count == 0)
        {
            return;
        }

        done.Begin(open.Count);
        foreach (Numbered request in open.Values)
        {
            handoff.Add(request.Engine);
        }

        open.Clear();
        handoff.Send();
        done.Wait();
    }

    private sealed record Event(byte[] User, byte[] Item, byte Type, long TimeMs, ulong EventId)
    {
        public static Event Draw(Random random) => new(
            [(byte)'u', (byte)random.Next(UserCount)],
            ItemId(random.Next(ItemCount + 2)).Span.ToArray(),
            random.Next(20) == 0 ? (byte)99 : EventTypes.Click,
            NowMs - random.Next(1_000_000),
            (ulong)random.Next(2000));
    }

    private sealed class Numbered : IRequestCompletion
    {
        private readonly List<int> _numbers = [];
        private readonly Countdown _done;
        private readonly EntryStatus[] _statuses;

        public Numbered(Countdown done, EntryStatus[] statuses)
        {
            (_done, _statuses) = (done, statuses);
            Engine.Kind = RequestKind.Observe;
            Engine.Completion = this;
        }

        public EngineRequest Engine { get; } = new();

        public void Add(in UserPlace place, Event one, int number, bool isPlaced)
        {
            _numbers.Add(number);
            if (isPlaced)
            {
                var figures = new EventFigures(one.Type, one.TimeMs, float.NaN, one.EventId);
                Engine.AddPlacedEvent(place, one.User, one.Item, figures);
            }
            else
            {
                Engine.AddEvent(Engine.Store(one.User), one.Item, one.Type, one.TimeMs, float.NaN, one.EventId);
            }
        }

        public void Completed(EngineRequest request)
        {
            for (int index = 0; index < _numbers.Count; index++)
            {
                _statuses[_numbers[index]] = request.Event(index).Status;
            }

            _done.One();
        }
    }

    private sealed class Countdown
    {
        private readonly SemaphoreSlim _all = new(0);
        private int _left;

        public void Begin(int count) => Volatile.Write(ref _left, count);

        public void One()
        {
            if (Interlocked.Decrement(ref _left) == 0)
            {
                _all.Release();
            }
        }

        public void Wait() => _all.Wait(TestContext.Current.CancellationToken);
    }
}
