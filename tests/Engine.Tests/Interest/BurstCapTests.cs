using Ebb.Engine.Interest;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;
using TemporaryFolder = Ebb.Engine.Tests.Recovery.TemporaryFolder;

namespace Ebb.Engine.Tests.Interest;

/// <summary>The cap against its formula written out in double.</summary>
public sealed class BurstCapTests
{
    private const long HourMs = 3_600_000;

    public static TheoryData<BurstScope> Scopes => [.. Enum.GetValues<BurstScope>()];

    [Theory]
    [MemberData(nameof(Scopes))]
    public async Task Observe_Bursts_GetTheWeightOfTheFormula(BurstScope scope)
    {
        var cap = new BurstCap(2.5f, TimeSpan.FromHours(1), scope);
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Schema = With(cap) });
        var random = new Random(42);
        var reference = new Reference(cap);
        long nowMs = NowMs - (50 * HourMs);
        for (int batch = 0; batch < 60; batch++)
        {
            nowMs += random.Next(900_000);
            var events = new BehaviourEvent[random.Next(1, 6)];
            for (int index = 0; index < events.Length; index++)
            {
                byte type = random.Next(3) == 0 ? EventTypes.Dislike : EventTypes.Click;
                events[index] = new("ann", ItemId(random.Next(2)), type, nowMs - random.Next(200_000));
                reference.Add(events[index]);
            }

            await engine.ObserveAsync(events);
        }

        InterestProfile profile = await engine.ProfileAsync("ann");
        Assert.Equal(reference.Count, (int)profile.EventCount);
        Assert.NotEqual(reference.Count, reference.Remembered.Count);
        Assert.Equal(reference.Remembered.TakeLast(32).Reverse().Select(past => past.TimeMs),
            profile.RecentEvents.Select(recent => recent.TimeMs));
        Assert.All(
            reference.Remembered.TakeLast(32).Reverse().Zip(profile.RecentEvents),
            pair => Assert.Equal(pair.First.Weight, pair.Second.Weight, 1e-5));
        Assert.True(engine.GetStats().EventsCapped > 0);
    }

    [Fact]
    public async Task Observe_Farm_AddsNoMoreThanTheCapToUserAndDemand()
    {
        var cap = new BurstCap(2, TimeSpan.FromHours(1), BurstScope.Item);
        await using InterestEngine engine = await OpenWithItemsAsync(Options() with { Schema = With(cap) });
        await engine.ObserveAsync([Click("bob", 9, NowMs), Click("cid", 9, NowMs), Click("dan", 9, NowMs)]);
        await engine.ObserveAsync([.. Enumerable.Range(0, 100).Select(_ => Click("farm", 7, NowMs))]);

        Assert.Equal(2, (await engine.ProfileAsync("farm")).Masses[0], 1e-6);
        var list = await engine.RecommendAsync("stranger", new() { Count = 2 });
        Assert.Equal([ItemId(9), ItemId(7)], list.Items.Select(item => item.Item));
        Assert.Equal(98, engine.GetStats().EventsCapped);
    }

    [Fact]
    public async Task Observe_WithoutACap_CountsEverything()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        await engine.ObserveAsync([.. Enumerable.Range(0, 100).Select(_ => Click("farm", 7, NowMs))]);

        Assert.Equal(100, (await engine.ProfileAsync("farm")).Masses[0], 1e-4);
        Assert.Equal(0, engine.GetStats().EventsCapped);
    }

    [Fact]
    public async Task Observe_ParkedBurst_IsCappedToo()
    {
        var cap = new BurstCap(2, TimeSpan.FromHours(1), BurstScope.Item);
        await using InterestEngine engine = await OpenWithItemsAsync(
            Options() with { Schema = With(cap) }, itemCount: 10);
        for (int round = 0; round < 5; round++)
        {
            await engine.ObserveAsync([Click("farm", 50, NowMs), Click("farm", 50, NowMs)]);
        }

        await engine.PutItemsAsync(Items(60)[50..]);

        Assert.Equal(2, (await engine.ProfileAsync("farm")).Masses[0], 1e-6);
    }

    [Fact]
    public async Task Replay_CappedEventsAndUnsend_FoldsToTheSameState()
    {
        using var folder = new TemporaryFolder();
        var cap = new BurstCap(2, TimeSpan.FromHours(1), BurstScope.Item);
        EngineOptions options = Options(folder.Path) with { Schema = With(cap) };
        byte[] before;
        await using (InterestEngine engine = await OpenWithItemsAsync(options))
        {
            for (ulong id = 1; id <= 10; id++)
            {
                await engine.ObserveAsync([Click("farm", 7, NowMs, id), Click("farm", (int)id + 10, NowMs, id + 100)]);
            }

            // One that counted, one that was capped to nothing.
            Assert.Equal(UnsendMethod.Refolded, (await engine.UnsendAsync("farm", 2)).Method);
            Assert.Equal(UnsendMethod.Refolded, (await engine.UnsendAsync("farm", 9)).Method);
            Assert.Equal(18UL, (await engine.ProfileAsync("farm")).EventCount);
            Assert.Equal(11, (await engine.ProfileAsync("farm")).Masses[0], 1e-5);
            before = await engine.ComputeStateHashAsync();
        }

        await using InterestEngine replayed = await InterestEngine.OpenAsync(options with { ReplayWholeLog = true });
        Assert.Equal(before, await replayed.ComputeStateHashAsync());
    }

    private static MemorySchema With(BurstCap cap) => UnitSchema with { BurstCap = cap };

    private sealed class Reference(BurstCap cap)
    {
        public int Count { get; private set; }

        public List<(OpaqueId Item, byte Type, long TimeMs, double Weight)> Remembered { get; } = [];

        public void Add(BehaviourEvent behaviour)
        {
            Count++;
            double weight = behaviour.Type == EventTypes.Dislike ? -1 : 1;
            double used = 0;
            foreach (var past in Remembered.TakeLast(32))
            {
                bool item = cap.Per is BurstScope.User or BurstScope.Type || past.Item == behaviour.Item;
                bool type = cap.Per is BurstScope.User or BurstScope.Item || past.Type == behaviour.Type;
                bool near = Math.Abs(past.TimeMs - behaviour.TimeMs) < cap.Window.TotalMilliseconds;
                used += item && type && near && past.Weight * weight > 0 ? Math.Abs(past.Weight) : 0;
            }

            double effective = Math.Sign(weight) * Math.Min(Math.Abs(weight), Math.Max(0, cap.Weight - used));
            if (effective != 0)
            {
                Remembered.Add((behaviour.Item, behaviour.Type, behaviour.TimeMs, effective));
            }
        }
    }
}
