using Ebb.Client;
using Ebb.Host.Tests.Commands;
using Ebb.Protocol;
using Xunit;

namespace Ebb.Host.Tests.Client;

/// <summary>Declared picks and segments over TCP.</summary>
public sealed class NewcomerTests
{
    private static readonly EbbItem[] Items =
    [
        new("mug", new float[] { 1, 0 }), new("cup", new float[] { 0.9f, 0.1f }), new("lamp", new float[] { 0, 1 }),
        new("bulb", new float[] { 0.1f, 0.9f }),
    ];

    [Fact]
    public async Task Declare_Picks_AreTheListAtOnceAndCountOnce()
    {
        await using RunningServer server = await RunningServer.StartAsync(2);
        await using EbbClient client = await server.ConnectAsync();
        await client.PutItemsAsync(Items);

        ActResult first = await client.DeclareAsync("ann", ["lamp"], new EbbQuery { Count = 2 });
        ActResult again = await client.DeclareAsync("ann", ["lamp", "mug"], new EbbQuery { Count = 2 });
        ActResult other = await client.DeclareAsync("bob", ["lamp"], new EbbQuery { Count = 2 });
        ProfileResult profile = await client.ProfileAsync("ann");

        Assert.Equal(["lamp", "bulb"], first.List.Items.Select(item => item.Item.ToString()));
        Assert.Equal(StatusCode.Duplicate, again.Statuses[0]);
        Assert.Equal((StatusCode.Ok, StatusCode.Ok), (again.Statuses[1], other.Statuses[0]));
        Assert.Equal(2UL, profile.EventCount);
        Assert.All(profile.RecentEvents, one => Assert.Equal((EbbEventType.Favourite, 2f), (one.Type, one.Weight)));
    }

    [Fact]
    public async Task Recommend_StrangerOfASegment_GetsWhatTheSegmentDoes()
    {
        await using RunningServer server = await RunningServer.StartAsync(2);
        await using EbbClient client = await server.ConnectAsync();
        await client.PutItemsAsync(Items);
        EbbQuery Query(string? segment) => new() { Count = 1, Filter = new EbbFilter { Segment = segment } };
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        for (int user = 0; user < 30; user++)
        {
            (string segment, string item) = user < 10 ? ("de", "bulb") : ("uk", "mug");
            await client.ActAsync($"u{user}", [new EbbAction(item, EbbEventType.Purchase, now)], Query(segment));
        }

        RecommendResult plain = await client.RecommendAsync("new", Query(null));
        RecommendResult german = await client.RecommendAsync("new", Query("de"));
        RecommendResult unknown = await client.RecommendAsync("new", Query("fr"));

        Assert.Equal(["mug", "bulb", "mug"],
            new[] { plain, german, unknown }.Select(list => list.Items[0].Item.ToString()));
    }
}
