using System.Net;
using Ebb.Client;
using Ebb.Engine;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Transport;

/// <summary>What each source adds to a list's scores, over the wire.</summary>
public sealed class ListSourcesTests
{
    private static readonly EbbItem[] Items =
    [
        new("north", new float[] { 0, 1 }), new("east", new float[] { 1, 0 }),
        new("north-east", new float[] { 0.7f, 0.7f }), new("south", new float[] { 0, -1 }),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Recommend_WithSources_TheySumToTheScoreUnderTheNamesOfWhy(bool explains)
    {
        var policy = new ServingPolicy { Sources = new SourcePolicy { Vector = 1, Repeats = 0.5, Popularity = 0.2 } };
        await using var engine = await InterestEngine.OpenAsync(new EngineOptions { Dimension = 2, Policy = policy });
        await using var server = new EbbServer(
            engine, new EbbServerOptions { Endpoint = new IPEndPoint(IPAddress.Loopback, 0) });
        await server.StartAsync();
        await using var client = await EbbClient.ConnectAsync(new EbbClientOptions { Endpoint = server.Endpoint });
        await client.PutItemsAsync(Items);
        await client.ObserveAsync(
            [new EbbEvent("ann", "north", EbbEventType.View, 1000), new("ann", "east", EbbEventType.View, 2000)]);
        await engine.SettleSourcesAsync();
        var query = new EbbQuery { Count = 4, Sources = true, Explain = explains, Probabilities = true };

        RecommendResult list = await client.RecommendAsync("ann", query);
        RecommendResult favourites = await client.RecommendAsync("stranger", query);
        RecommendResult plain = await client.RecommendAsync("ann", query with { Sources = false });

        Assert.Equal(4, list.Items.Count);
        foreach (EbbRecommendedItem item in list.Items)
        {
            WhyResult why = await client.WhyAsync("ann", item.Item);
            Assert.Equal(why.Sources.Select(source => source.Name), item.Sources.Select(source => source.Source));
            Assert.Equal(item.Score, item.Sources.Sum(source => source.Amount), 1e-4f);
            Assert.Equal(explains, item.Terms.Count > 0);
        }

        Assert.Contains("repeats", list.Items[0].Sources.Select(source => source.Source));
        Assert.All(
            favourites.Items, item => Assert.Equal([new EbbSourceTerm("popularity", item.Score)], item.Sources));
        Assert.All(plain.Items, item => Assert.Empty(item.Sources));
    }

    [Fact]
    public void Sources_EveryPrefixOfTheList_IsMalformed()
    {
        using var body = new FrameBuffer();
        Write(body);
        byte[] whole = body.Written.ToArray();
        Assert.Equal(StatusCode.Ok, Read(whole));
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.Equal(StatusCode.Malformed, Read(whole.AsSpan(0, length)));
        }

        Assert.Equal(StatusCode.Malformed, Read([.. whole, 0]));
    }

    [Fact]
    public void Sources_ReadUnread_SayWhatWasWritten()
    {
        using var body = new FrameBuffer();
        Write(body);
        Assert.Equal(StatusCode.Ok, ListReader.TryOpen(new WireReader(body.Written), out ListReader list));
        while (list.TryNext(out _))
        {
        }

        var sources = list.Sources();
        Assert.True(sources.TryNextName(out byte kind, out var name));
        Assert.Equal((0, "vector"), (kind, System.Text.Encoding.UTF8.GetString(name)));
        var read = new List<ListSourceEntry>();
        while (sources.TryNext(out var source))
        {
            read.Add(source);
        }

        Assert.Equal([new(0, 0, 1.5f), new(0, 4, 0.5f), new(2, 4, 3f)], read);
        Assert.Equal(StatusCode.Ok, sources.Finish());
    }

    private static void Write(FrameBuffer body)
    {
        var head = new ListHead(EbbListDecision.New, true, 0, 0, 7) { HasSources = true, HasProbabilities = true };
        var list = new ListWriter(body, head, 3);
        list.Item("a"u8, 2, 0, 0);
        list.Item("b"u8, 0, 0, 0);
        list.Item("c"u8, 3, 0, 0);
        for (int item = 0; item < 3; item++)
        {
            list.Probability(0.5f);
        }

        list.SourceNames(2);
        list.SourceName(0, "vector"u8);
        list.SourceName(4, "repeats"u8);
        list.ItemSources(2);
        list.Source(0, 1.5f);
        list.Source(4, 0.5f);
        list.ItemSources(0);
        list.ItemSources(1);
        list.Source(4, 3f);
    }

    private static StatusCode Read(ReadOnlySpan<byte> body) =>
        ListReader.TryOpen(new WireReader(body), out ListReader list) == StatusCode.Ok
            ? Drain(list)
            : StatusCode.Malformed;

    private static StatusCode Drain(ListReader list)
    {
        while (list.TryNext(out _))
        {
        }

        return list.Finish();
    }
}
