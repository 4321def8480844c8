using System.Threading.Channels;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Lifecycle.Watching;
using Ebb.Engine.Ranking;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Interest.Lifecycle;

public sealed class SubscribeTests
{
    private const string User = "u1";

    private static readonly ServingPolicy Policy = ExactPolicy with
    {
        Lifecycle = new() { Categories = new() { HalfLife = TimeSpan.FromHours(1) } },
    };

    private readonly SteppedClock _clock = new(NowMs);

    [Fact]
    public async Task Subscribe_EventsAndTime_TellEveryChangeAtItsMoment()
    {
        await using InterestEngine engine = await OpenAsync();
        await engine.ObserveAsync([Click(User, 3, NowMs)]);
        var listener = new Listener();
        using PhaseWatch watch = await engine.SubscribeAsync(User, listener);
        Assert.Equal(["c3 Rising"], watch.Phases.Select(phase => $"{phase.Name} {phase.Phase}"));

        await engine.ObserveAsync([Click(User, 4, NowMs)]);
        Assert.Equal("c4 -> Rising", await listener.NextAsync());

        // Both categories fade at the same moment, and not a millisecond before: told as one.
        long fading = watch.Phases[0].NextChangeMs!.Value;
        Assert.Equal(NowMs + (3_600_000 * Math.Log2(1 / 0.7)), fading, 1.0);
        _clock.AdvanceTo(fading - 1);
        await SettleAsync(engine);
        Assert.Equal(0, listener.Count);
        _clock.AdvanceTo(fading + 100);
        Assert.Equal("c3 Rising -> Fading, c4 Rising -> Fading", await listener.NextAsync());

        // An event lifts one of them; the other goes on.
        await engine.ObserveAsync([Click(User, 3, fading + 100)]);
        Assert.Equal("c3 Fading -> Rising", await listener.NextAsync());
        _clock.AdvanceTo(NowMs + (long)(3_600_000 * Math.Log2(10)) + 200);
        Assert.StartsWith("c3 Rising -> ", await listener.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subscribe_LongAhead_NeedsNoTickBetween()
    {
        await using InterestEngine engine = await OpenAsync();
        await engine.ObserveAsync([Click(User, 3, NowMs)]);
        int armedBefore = _clock.ArmedCount;
        var listener = new Listener();
        using PhaseWatch watch = await engine.SubscribeAsync(User, listener);

        // Past fading and far past expiry in one step of the clock: what is told is the phase of then.
        _clock.AdvanceTo(NowMs + (40 * DayMs));
        Assert.Equal("c3 Rising -> Expired", await listener.NextAsync());
        Assert.Equal(armedBefore, _clock.ArmedCount);
    }

    [Fact]
    public async Task Dispose_TellsNoMoreAndStopsTheTimer()
    {
        await using InterestEngine engine = await OpenAsync();
        await engine.ObserveAsync([Click(User, 3, NowMs)]);
        int armedBefore = _clock.ArmedCount;
        var listener = new Listener();
        PhaseWatch watch = await engine.SubscribeAsync(User, listener);
        Assert.Equal(armedBefore + 1, _clock.ArmedCount);
        watch.Dispose();
        watch.Dispose();
        await SettleAsync(engine);
        await engine.ObserveAsync([Click(User, 4, NowMs)]);
        _clock.AdvanceTo(NowMs + DayMs);
        await SettleAsync(engine);
        Assert.Equal(0, listener.Count);
        Assert.Equal(armedBefore, _clock.ArmedCount);
    }

    [Fact]
    public async Task Subscribe_TwoWatchersAndOtherUsers_AreTold()
    {
        await using InterestEngine engine = await OpenAsync();
        Listener[] listeners = [new(), new(), new()];
        using PhaseWatch first = await engine.SubscribeAsync(User, listeners[0]);
        using PhaseWatch second = await engine.SubscribeAsync(User, listeners[1]);
        using PhaseWatch other = await engine.SubscribeAsync("other", listeners[2]);
        Assert.Empty(first.Phases);
        await engine.ObserveAsync([Click(User, 3, NowMs), Click("third", 4, NowMs)]);
        Assert.Equal("c3 -> Rising", await listeners[0].NextAsync());
        Assert.Equal("c3 -> Rising", await listeners[1].NextAsync());
        first.Dispose();
        await engine.ObserveAsync([Click(User, 4, NowMs)]);
        Assert.Equal("c4 -> Rising", await listeners[1].NextAsync());
        Assert.Equal((0, 0), (listeners[0].Count, listeners[2].Count));
    }

    [Fact]
    public async Task Subscribe_InterestFallsOutOfTheLastEvents_IsToldAsGone()
    {
        await using InterestEngine engine = await OpenAsync();
        await engine.ObserveAsync([Click(User, 3, NowMs)]);
        var listener = new Listener();
        using PhaseWatch watch = await engine.SubscribeAsync(User, listener);
        await engine.ObserveAsync([.. Enumerable.Range(0, 32).Select(_ => Click(User, 4, NowMs))]);
        Assert.Equal("c4 -> Rising, c3 Rising -> gone", await listener.NextAsync());
    }

    [Fact]
    public async Task SetPolicy_PhasesOfAnotherRule_AreTold()
    {
        await using InterestEngine engine = await OpenAsync();
        await engine.ObserveAsync([Click(User, 3, NowMs)]);
        _clock.AdvanceTo(NowMs + 600_000);
        var listener = new Listener();
        using PhaseWatch watch = await engine.SubscribeAsync(User, listener);
        engine.SetPolicy(Policy with
        {
            Lifecycle = new() { Categories = new() { HalfLife = TimeSpan.FromMinutes(1) } },
        });
        Assert.Equal("c3 Rising -> Expired", await listener.NextAsync());
    }

    [Fact]
    public async Task Forget_WatchedUser_IsToldAndTheWatchGoesOn()
    {
        await using InterestEngine engine = await OpenAsync();
        await engine.ObserveAsync([Click(User, 3, NowMs), Click(User, 4, NowMs)]);
        var listener = new Listener();
        using PhaseWatch watch = await engine.SubscribeAsync(User, listener);
        await engine.ForgetAsync(User);
        Assert.Equal("c3 Rising -> gone, c4 Rising -> gone", await listener.NextAsync());

        // The timer of the forgotten phases tells nothing; who comes again under the key is told of.
        _clock.AdvanceTo(NowMs + (2 * 3_600_000));
        await SettleAsync(engine);
        Assert.Equal(0, listener.Count);
        await engine.ObserveAsync([Click(User, 5, NowMs + (2 * 3_600_000))]);
        Assert.Equal("c0 -> Rising", await listener.NextAsync());
    }

    [Fact]
    public async Task ChangeSchema_WatchedUser_IsToldAsBefore()
    {
        await using InterestEngine engine = await OpenAsync();
        await engine.ObserveAsync([Click(User, 3, NowMs)]);
        var listener = new Listener();
        using PhaseWatch watch = await engine.SubscribeAsync(User, listener);
        await engine.ChangeSchemaAsync(
            UnitSchema with { Number = 2, HalfLives = [TimeSpan.FromHours(2), MemorySchema.Never] });
        await engine.SettleSchemaAsync();
        await SettleAsync(engine);
        Assert.Equal(0, listener.Count);

        // By an event and by time alone, at the moment told before the change.
        await engine.ObserveAsync([Click(User, 4, NowMs)]);
        Assert.Equal("c4 -> Rising", await listener.NextAsync());
        _clock.AdvanceTo(watch.Phases[0].NextChangeMs!.Value + 100);
        Assert.Equal("c3 Rising -> Fading, c4 Rising -> Fading", await listener.NextAsync());
    }

    [Fact]
    public async Task Listener_Throws_TheBatchIsDoneAndOthersAreTold()
    {
        await using InterestEngine engine = await OpenAsync();
        var listener = new Listener();
        using PhaseWatch bad = await engine.SubscribeAsync(User, new Thrower());
        using PhaseWatch good = await engine.SubscribeAsync(User, listener);
        Assert.Equal([EntryStatus.Ok], (await engine.ObserveAsync([Click(User, 3, NowMs)])).Statuses);
        Assert.Equal("c3 -> Rising", await listener.NextAsync());
        Assert.Equal(1UL, (await engine.ProfileAsync(User)).EventCount);
    }

    // A request after the turn that a tick posted: the partition has run it.
    private static Task SettleAsync(InterestEngine engine) => engine.ProfileAsync(User);

    private Task<InterestEngine> OpenAsync() =>
        OpenWithItemsAsync(Options(partitionCount: 1) with { Policy = Policy, Clock = _clock });

    private sealed class Listener : IPhaseListener
    {
        private readonly Channel<string> _told = Channel.CreateUnbounded<string>();

        public int Count => _told.Reader.Count;

        public void PhasesChanged(PhaseWatch watch, IReadOnlyList<PhaseChange> changes, long atMs) =>
            Assert.True(_told.Writer.TryWrite(string.Join(", ", changes.Select(Text))));

        public async Task<string> NextAsync() =>
            await _told.Reader.ReadAsync(TestContext.Current.CancellationToken)
                .AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        private static string Text(PhaseChange change)
        {
            string before = change.Before is { } phase ? $" {phase}" : "";
            string after = change.IsGone ? "gone" : change.Subject.Phase.ToString();
            return $"{change.Subject.Name}{before} -> {after}";
        }
    }

    private sealed class Thrower : IPhaseListener
    {
        public void PhasesChanged(PhaseWatch watch, IReadOnlyList<PhaseChange> changes, long atMs) =>
            throw new InvalidOperationException("a listener's fault");
    }
}
