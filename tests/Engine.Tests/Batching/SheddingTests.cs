using Ebb.Engine.Batching;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Batching;

/// <summary>Lists whose scan is left out for want of time, under policies that use all that a list can have.</summary>
public sealed class SheddingTests
{
    private const string Sources =
        """
        "sources": {"vector": 1, "transitions": 0.5, "neighbours": 0.5, "popularity": 0.5, "repeats": 0.5}
        """;

    private static readonly TimeSpan ScanWaitMax = TimeSpan.FromSeconds(1000);

    [Theory]
    [InlineData("", 40)]
    [InlineData(Sources, 40)]
    [InlineData(Sources + """, "diversity_lambda": 0.7, "category_cap": 2""", 40)]
    [InlineData(Sources + """, "explore_slots": 2, "explore_age": "2 d", "hide_types": [3]""", 40)]
    [InlineData("""
        "score_min": 0.1, "attention": [2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]
        """, 40)]
    // What was kept does not answer for another next category, nor mostly for other phases: scanned under pressure too.
    [InlineData(Sources + """, "migration": {"boost": 0.3}""", 0)]
    [InlineData(Sources + """, "lifecycle": {"categories": {"boost": 0.2}, "items": {"half_life": "1 d"}}""", 0)]
    public async Task Act_ScanLeftOut_IsAnsweredFromWhatWasKept(string policy, int leftOutMin)
    {
        await using InterestEngine engine = await OpenWithItemsAsync(
            Options() with
            {
                Schema = UnitSchema with { Flows = new FlowRule() },
                Policies = PolicyDocument.Read(
                    $$"""{"policies": [{"name": "a", "keep_below": 0, "shift_from": 0.5 {{Comma(policy)}}}]}"""),
                ScanWaitMax = ScanWaitMax,
            },
            itemCount: 2000);
        ScanPressure pressure = engine.Core.Partitions[0].Batch.Parts.Scanner.Pressure;
        var random = new Random(42);
        int leftOut = 0;
        for (int round = 0; round < 12 || (round < 300 && leftOut < leftOutMin); round++)
        {
            bool isShedding = round % 3 == 2;
            int waiting = isShedding ? WaitingFor(pressure, ScanWaitMax * 0.7) : 0;
            pressure.Came(waiting);
            Recommendation[] lists = await Task.WhenAll(Enumerable.Range(0, 40).Select(user => ActAsync(user, round)));
            pressure.Came(-waiting);

            Assert.All(lists, AssertWhole);
            Assert.All(lists, list => Assert.False(list.ScanLeftOut && list.Exact));
            Assert.True(isShedding || lists.All(list => !list.ScanLeftOut));
            leftOut += lists.Count(list => list.ScanLeftOut);
        }

        Assert.True(leftOut >= leftOutMin, $"{leftOut} lists were made without their scan");

        Task<Recommendation> ActAsync(int user, int round)
        {
            BehaviourEvent click = Click("user-" + user, random.Next(2000), NowMs - 1000 + round);
            return AnsweredAsync(engine, "user-" + user, click);
        }
    }

    private static async Task<Recommendation> AnsweredAsync(InterestEngine engine, OpaqueId user, BehaviourEvent click)
    {
        var query = new RecommendQuery { Count = 10 };
        return (await engine.ActAsync(user, [click], query, default)).Recommendation;
    }

    /// <summary>Lists that would wait so long, after a scan of a second: the clock stands still.</summary>
    private static int WaitingFor(ScanPressure pressure, TimeSpan wait)
    {
        pressure.Came(1);
        pressure.Scanned(1, elapsedMs: 1000);
        return (int)(wait.TotalMilliseconds / pressure.ListMs);
    }

    private static void AssertWhole(Recommendation list)
    {
        Assert.NotEmpty(list.Items);
        Assert.Equal(list.Items.Count, list.Items.Select(item => item.Item).Distinct().Count());
        Assert.All(list.Items, item => Assert.True(float.IsFinite(item.Score)));
    }

    private static string Comma(string policy) => policy.Length > 0 ? ", " + policy : "";
}
