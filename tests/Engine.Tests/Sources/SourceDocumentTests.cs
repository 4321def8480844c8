using System.Text.Json;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Sources;

public sealed class SourceDocumentTests
{
    [Fact]
    public void Read_EveryKey_IsRead()
    {
        const string Json =
            """
            {"sources": {"vector": 2, "transitions": 0.5, "neighbours": 0.25, "popularity": 0.1, "repeats": 0.2,
             "transition_half_life": "3 d", "transition_gap": "30 min", "neighbour_half_life": "90 d",
             "neighbour_window": 4, "seed_half_life": "1 h", "popularity_half_life": "1 d",
             "repeat_half_life": "never", "learn_all": true}}
            """;
        SourcePolicy policy = PolicyDocument.Read(Json).Policies[0].Policy.Sources;
        Assert.Equal(
            new SourcePolicy
            {
                Vector = 2,
                Transitions = 0.5,
                Neighbours = 0.25,
                Popularity = 0.1,
                Repeats = 0.2,
                TransitionHalfLife = TimeSpan.FromDays(3),
                TransitionGapMax = TimeSpan.FromMinutes(30),
                NeighbourHalfLife = TimeSpan.FromDays(90),
                NeighbourWindow = 4,
                SeedHalfLife = TimeSpan.FromHours(1),
                PopularityHalfLife = TimeSpan.FromDays(1),
                RepeatHalfLife = Ebb.Engine.Interest.MemorySchema.Never,
                LearnAll = true,
            },
            policy);
    }

    [Theory]
    [InlineData("""{"sources": {"vector": -1}}""", "$.sources.vector")]
    [InlineData("""{"sources": {"vector": 0}}""", "$.sources")]
    [InlineData("""{"sources": {"neighbour_window": 32}}""", "$.sources.neighbour_window")]
    [InlineData("""{"sources": {"transition": 1}}""", "$.sources.transition")]
    public void Read_BadBlend_NamesThePath(string json, string path) =>
        Assert.Equal(path, Assert.Throws<DocumentException>(() => PolicyDocument.Read(json)).Path);

    [Fact]
    public void PublishedSchema_Sources_AreThoseThatTheReaderKnows()
    {
        using JsonDocument policy = JsonDocument.Parse(PublishedSchemas.Policy);
        JsonElement sources = policy.RootElement.GetProperty("$defs").GetProperty("policy")
            .GetProperty("properties").GetProperty("sources").GetProperty("properties");
        string message = Assert.Throws<DocumentException>(
            () => PolicyDocument.Read("""{"sources": {"x": 1}}""")).Message;
        Assert.All(sources.EnumerateObject(), property => Assert.Contains(property.Name, message));
    }

    [Fact]
    public async Task SetPolicies_LearnedDifferently_AreRefused()
    {
        await using InterestEngine engine = await OpenWithItemsAsync(Options());
        PolicyShare Share(string name, SourcePolicy sources) => new(name, ExactPolicy with { Sources = sources });
        var one = new SourcePolicy { Transitions = 1 };
        engine.SetPolicies(new PolicySet([Share("a", one), Share("b", new SourcePolicy { Popularity = 1 })]));
        ArgumentException refused = Assert.Throws<ArgumentException>(() => engine.SetPolicies(
            new PolicySet([Share("a", one), Share("b", one with { TransitionHalfLife = TimeSpan.FromDays(1) })])));
        Assert.Contains("policy b", refused.Message);
    }
}
