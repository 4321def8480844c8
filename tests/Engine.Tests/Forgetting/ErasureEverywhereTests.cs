using System.Text;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Graph.Live;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Interest.Lifecycle.Watching;
using Ebb.Engine.Interest.Trends;
using Ebb.Engine.Log;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;
using Ebb.Engine.Store;
using Ebb.Engine.Tests.Interest;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;
using TemporaryFolder = Ebb.Engine.Tests.Recovery.TemporaryFolder;

namespace Ebb.Engine.Tests.Forgetting;

/// <summary>
/// FORGET of a user whom everything knew that keeps something of users: sources, flows, trends, phases, segments,
/// experiments, shadows, tuners, the live graph, new items, a merge. Every byte of every file is looked at.
/// </summary>
public sealed class ErasureEverywhereTests
{
    private const string Secret = "ann-whose-key-stands-nowhere-else";
    private const string Visitor = "visitor-of-ann-before-she-logged-in";

    private const string Document =
        """
        {"policies": [
           {"name": "a", "keep_below": 0.02, "shift_from": 0.9, "explore_slots": 2, "explore_age": "2 d",
            "sources": {"vector": 1, "transitions": 0.5, "neighbours": 0.5, "popularity": 0.5, "repeats": 0.5},
            "lifecycle": {"categories": {"half_life": "1 d", "boost": 0.2}, "items": {"half_life": "1 d"}},
            "migration": {"boost": 0.3}},
           {"name": "b", "share": 0,
            "sources": {"vector": 1, "transitions": 0.5, "neighbours": 0.5, "popularity": 0.5, "repeats": 0.5}},
           {"name": "c", "share": 0,
            "sources": {"vector": 1, "transitions": 0.5, "neighbours": 0.5, "popularity": 0.5, "repeats": 0.5}}],
         "experiments": [{"name": "x", "start": "2023-11-01",
            "arms": [{"policy": "a", "share": 0.5}, {"policy": "b", "share": 0.4}]}],
         "shadows": [{"policy": "b"}],
         "tuners": [{"policy": "c", "share": 0.05, "from": 0.9,
            "parameters": {"keep_below": {"min": 0.01, "max": 0.5, "step": 2}}}]}
        """;

    private static readonly TimeSpan Retention = TimeSpan.FromHours(2);

    [Fact]
    public async Task Forget_WithEveryFeatureOn_LeavesNoByteOfTheKeyInAnyFile()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = EverythingOn(folder.Path);
        await using (InterestEngine engine = await OpenWithItemsAsync(options))
        {
            await LiveAsync(engine);
            Assert.NotEmpty(FilesWith(folder.Path, Secret));
            Assert.NotEmpty(FilesWith(folder.Path, Visitor));
            await engine.ForgetAsync(Secret);
            ((FixedClock)options.Clock).Advance(Retention);
            await engine.EraseForgottenAsync();

            Assert.Empty(FilesWith(folder.Path, Secret));
            Assert.Empty(FilesWith(folder.Path, Visitor));
        }

        // What a clean stop writes: the last base, new items, tuning.
        Assert.Empty(FilesWith(folder.Path, Secret));
        Assert.Empty(FilesWith(folder.Path, Visitor));
        await using InterestEngine reopened = await InterestEngine.OpenAsync(options);
        await reopened.SettleSourcesAsync();
        Assert.Empty(FilesWith(folder.Path, Secret));
        Assert.False((await reopened.ProfileAsync(Secret)).Known);
    }

    [Fact]
    public async Task Forget_WithEveryFeatureOn_HidesTheUserEverywhereAtOnce()
    {
        using var folder = new TemporaryFolder();
        EngineOptions options = EverythingOn(folder.Path);
        await using InterestEngine engine = await OpenWithItemsAsync(options);
        await LiveAsync(engine);
        Assert.True((await engine.PortraitAsync(Secret)).Known);
        Assert.NotEmpty((await engine.WhyAsync(Secret, ItemId(3))).Events);
        int usersBefore = UsersOf(engine);
        Assert.True(DemandOf(engine, 150) > 0);

        await engine.ForgetAsync(Secret);

        Assert.False((await engine.ProfileAsync(Secret)).Known);
        Assert.False((await engine.PortraitAsync(Secret)).Known);
        Assert.Empty((await engine.WhyAsync(Secret, ItemId(3))).Events);
        Assert.Equal(usersBefore - 1, UsersOf(engine));
        Assert.Equal(0, DemandOf(engine, 150));
        Assert.True(DemandOf(engine, 3) > 0);
    }

    /// <summary>Of the arms of the experiment.</summary>
    private static int UsersOf(InterestEngine engine) => (int)Assert.Single(
        engine.GetExperiments(), one => one.Name == "x").Arms.Sum(arm => arm.Sums.Users);

    private static double DemandOf(InterestEngine engine, int item) =>
        engine.GetTrends(new TrendQuestion { Item = ItemId(item) }).Items.Sum(one => one.PerDay);

    private static async Task LiveAsync(InterestEngine engine)
    {
        using PhaseWatch watch = await engine.SubscribeAsync(Secret, new Silent());
        for (int user = 0; user < 30; user++)
        {
            await ActAsync(engine, "user-" + user, user, "de");
        }

        await ActAsync(engine, Visitor, 7, "uk");
        await ActAsync(engine, Secret, 3, "uk");
        await engine.MergeAsync(Visitor, Secret);
        await ActAsync(engine, Secret, 5, "uk");
        await engine.PutItemsAsync([new ItemPut("fresh", default) { Category = "c1" }]);
        await engine.LearnEdgesAsync();
        engine.StepTuners();
        await engine.SettleShadowsAsync();
        await engine.SettleSourcesAsync();
        await engine.ExportAsync();
        await ActAsync(engine, Secret, 9, "uk");
        await ActAsync(engine, Secret, 150, "uk");
        await engine.ObserveAsync([Click(Secret, 7000, NowMs)], new WriteOptions(AckLevel.Durable));
    }

    /// <summary>A list, what was shown of it, a click on it, and views before.</summary>
    private static async Task ActAsync(InterestEngine engine, string user, int item, string segment)
    {
        var query = new RecommendQuery { Count = 5, Filter = new ItemFilter { Segment = segment } };
        ActReply reply = await engine.ActAsync(
            user, [Click(user, item, NowMs - 2000), Click(user, item + 1, NowMs - 1000)], query, default);
        await engine.ObserveAsync(
        [
            .. reply.Recommendation.Items.Select(
                shown => new BehaviourEvent(user, shown.Item, EventTypes.Impression, NowMs - 500)),
            Click(user, item + 2, NowMs),
        ]);
    }

    private static EngineOptions EverythingOn(string folder) => Options(folder) with
    {
        Schema = UnitSchema with { Flows = new FlowRule(), Trends = new TrendRule() },
        Policies = PolicyDocument.Read(Document),
        Graph = new LiveGraphOptions(),
        Log = new EventLogOptions { RetentionTime = Retention },
        Store = new StoreOptions { ExportInterval = TimeSpan.Zero },
    };

    private static string[] FilesWith(string folder, string text)
    {
        byte[] key = Encoding.UTF8.GetBytes(text);
        return
        [
            .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(file => Path.GetFileName(file) is not ("lock" or "LOCK"))
                .Where(file => ReadShared(file).AsSpan().IndexOf(key) >= 0),
        ];
    }

    private static byte[] ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private sealed class Silent : IPhaseListener
    {
        public void PhasesChanged(PhaseWatch watch, IReadOnlyList<PhaseChange> changes, long atMs)
        {
        }
    }
}
