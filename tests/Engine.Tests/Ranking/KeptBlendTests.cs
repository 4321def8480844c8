using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Ranking;

public sealed class KeptBlendTests
{
    /// <summary>
    /// A catalogue that is scanned on the scan thread: its lists are made there, and the first that the partition makes
    /// itself is one of kept candidates, for which it has no room yet.
    /// </summary>
    [Fact]
    public async Task Act_FirstListOfAThreadIsOfKeptCandidates_IsMadeOfThem()
    {
        const int dimension = 1024;
        const int itemCount = 8300;
        await using InterestEngine engine = await InterestEngine.OpenAsync(Options(partitionCount: 1) with
        {
            Dimension = dimension,
            Policy = new ServingPolicy
            {
                KeepBelow = 2,
                ShiftFrom = 3,
                Sources = new SourcePolicy { Vector = 1, Transitions = 0.5, Popularity = 0.5 },
            },
        });
        foreach (ItemPut[] items in Items(itemCount, dimension).Chunk(1000))
        {
            await engine.PutItemsAsync(items);
        }

        Recommendation scanned = await ActAsync(10);
        Recommendation kept = await ActAsync(11);

        Assert.True(scanned.Exact);
        Assert.Equal((ListDecision.Keep, false), (kept.Decision, kept.Exact));
        Assert.Equal(10, kept.Items.Select(item => item.Item).Distinct().Count());
        Assert.All(kept.Items.Zip(kept.Items.Skip(1)), pair => Assert.True(pair.First.Score >= pair.Second.Score));
        Assert.Contains(kept.Items, item => item.Item == ItemId(10));

        async Task<Recommendation> ActAsync(int item) => (await engine.ActAsync(
            "ann", [Click("ann", item, NowMs)], new RecommendQuery { Count = 10 }, default)).Recommendation;
    }
}
