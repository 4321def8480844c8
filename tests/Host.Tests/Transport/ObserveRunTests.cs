using System.Net;
using Ebb.Engine;
using Ebb.Engine.Catalogue;
using Ebb.Protocol;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Transport;

/// <summary>
/// OBSERVE frames that came in one read and share an engine request, against the same frames sent one at a time.
/// </summary>
public sealed class ObserveRunTests
{
    private const int FrameCount = 400;

    [Fact]
    public async Task Observe_ManyFramesInOneWrite_AnswersAndFoldsAsOneByOne()
    {
        var (repliesAlone, stateAlone) = await SendAsync(together: false);
        var (repliesTogether, stateTogether) = await SendAsync(together: true);

        Assert.Equal(FrameCount, repliesAlone.Count);
        Assert.Equal(repliesAlone.Keys, repliesTogether.Keys);
        foreach (var (correlation, alone) in repliesAlone)
        {
            var together = repliesTogether[correlation];
            Assert.Equal(alone.Header.Status, together.Header.Status);
            Assert.Equal(alone.Header.Opcode, together.Header.Opcode);
            Assert.Equal(alone.Header.Flags, together.Header.Flags);
            if (alone.Header.Opcode == Opcode.Observe)
            {
                Assert.Equal(alone.Body, together.Body);
            }
        }

        Assert.Contains(repliesAlone.Values, reply => reply.Header.Status == StatusCode.Malformed);
        Assert.Contains(repliesAlone.Values, reply => reply.Header.Opcode == Opcode.Recommend);
        Assert.Equal(stateAlone, stateTogether);
    }

    [Fact]
    public async Task Observe_ThenRecommendInOneWrite_TheListKnowsTheEvents()
    {
        await using var engine = await OpenAsync();
        await using var server = await StartAsync(engine);
        using var connection = await GreetedAsync(server);
        byte[] frames =
        [
            .. Frames.Observe(2, [("ann", "item-1")]),
            .. Frames.Observe(3, [("bob", "item-2")]),
            .. Frames.Observe(4, [("ann", "item-1")]),
            .. Frames.Recommend(5, "ann", 1),
        ];
        await connection.SendAsync(frames);
        var replies = new Dictionary<ulong, RawFrame>();
        while (replies.Count < 4)
        {
            var reply = await connection.ReadAsync();
            replies.Add(reply.Header.CorrelationId, reply);
        }

        Assert.All(replies.Values, reply => Assert.Equal(StatusCode.Ok, reply.Header.Status));
        Assert.Contains("item-1", System.Text.Encoding.ASCII.GetString(replies[5].Body), StringComparison.Ordinal);
        Assert.Equal(3, engine.GetStats().EventsApplied);
    }

    [Fact]
    public async Task Observe_RunWithoutRoom_RefusesEachFrameAndSaysWhenToComeBack()
    {
        await using var engine = await OpenAsync(queueCountMax: 0);
        await using var server = await StartAsync(engine);
        using var connection = await GreetedAsync(server);
        await connection.SendAsync([.. Frames.Observe(2, [("ann", "item-1")]), .. Frames.Observe(3, [("ann", "b")])]);
        foreach (ulong correlation in (ulong[])[2, 3])
        {
            var reply = await connection.ReadAsync();
            Assert.Equal((correlation, StatusCode.Overloaded), (reply.Header.CorrelationId, reply.Header.Status));
            Assert.Equal(StatusCode.Ok, TaggedFields.TryRead(reply.Tagged, out var fields));
            Assert.InRange(fields.RetryAfterMs, 1u, 1000u);
            Assert.Empty(reply.Body);
        }
    }

    private static async Task<(SortedDictionary<ulong, RawFrame> Replies, byte[] State)> SendAsync(bool together)
    {
        await using var engine = await OpenAsync();
        await using var server = await StartAsync(engine);
        using var connection = await GreetedAsync(server);
        var random = new Random(42);
        var replies = new SortedDictionary<ulong, RawFrame>();
        var waiting = new List<byte>();
        int unanswered = 0;
        for (ulong correlation = 2; correlation < FrameCount + 2; correlation++)
        {
            waiting.AddRange(Draw(random, correlation));
            unanswered++;
            if (!together || correlation % 150 == 0 || correlation == FrameCount + 1)
            {
                await connection.SendAsync(waiting.ToArray());
                waiting.Clear();
                for (; unanswered > 0; unanswered--)
                {
                    var reply = await connection.ReadAsync();
                    replies.Add(reply.Header.CorrelationId, reply);
                }
            }
        }

        return (replies, await engine.ComputeStateHashAsync());
    }

    private static byte[] Draw(Random random, ulong correlation)
    {
        string user = "user-" + random.Next(30);
        string item = "item-" + random.Next(22);
        var flags = random.Next(4) == 0 ? FrameFlags.Durable : FrameFlags.None;
        switch (random.Next(12))
        {
            case 0:
                return Frames.Observe(correlation, [(user, item), ("other", item)], flags: flags);
            case 1:
                return Frames.Observe(correlation, [(user, new string('x', 65))]);
            case 2:
                return Frames.Recommend(correlation, user, 3);
            case 3:
                byte[] cut = Frames.Observe(correlation, [(user, item)]);
                cut[FrameHeader.Bytes] = 2;
                return cut;
            case 4:
                return Frames.Observe(correlation, []);
            default:
                return Frames.Observe(correlation, [(user, item)], flags: flags);
        }
    }

    private static async Task<InterestEngine> OpenAsync(int queueCountMax = 65_536)
    {
        var engine = await InterestEngine.OpenAsync(
            new EngineOptions
            {
                Dimension = 2,
                PartitionCount = 2,
                QueueCountMax = queueCountMax,

                // A parked event remembers when it was parked.
                Clock = new ManualClock(),
            });
        await engine.PutItemsAsync(
            [.. Enumerable.Range(0, 20).Select(index => new ItemPut("item-" + index, new float[] { index, 1 }))]);
        return engine;
    }

    private static async Task<EbbServer> StartAsync(InterestEngine engine)
    {
        var server = new EbbServer(
            engine, new EbbServerOptions { Endpoint = new IPEndPoint(IPAddress.Loopback, 0) });
        await server.StartAsync();
        return server;
    }

    private static async Task<RawConnection> GreetedAsync(EbbServer server)
    {
        var connection = await RawConnection.ConnectAsync(server.Endpoint);
        await connection.SendAsync(Frames.Hello());
        await connection.ReadAsync();
        return connection;
    }
}
