using System.Net;
using System.Threading.Channels;
using Ebb.Client;
using Ebb.Engine;
using Ebb.Engine.Ranking;
using Ebb.Protocol;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Client;

/// <summary>A subscription outlives its connection.</summary>
public sealed class ResubscribeTests
{
    private static readonly ServingPolicy Policy = new()
    {
        Lifecycle = new() { Categories = new() { HalfLife = TimeSpan.FromHours(1) } },
    };

    [Fact]
    public async Task Cut_Subscribed_BeginsAgainAndTellsWhatCameMeanwhile()
    {
        await using var engine = await InterestEngine.OpenAsync(new EngineOptions { Dimension = 2, Policy = Policy });
        await using var server = new EbbServer(
            engine, new EbbServerOptions { Endpoint = new IPEndPoint(IPAddress.Loopback, 0) });
        await server.StartAsync();
        await using var proxy = new CuttingProxy(server.Endpoint);
        await using var client = await EbbClient.ConnectAsync(new EbbClientOptions
        {
            Endpoint = proxy.Endpoint,
            BackoffMin = TimeSpan.FromMilliseconds(5),
            BackoffMax = TimeSpan.FromMilliseconds(20),
        });
        await client.PutItemsAsync(
        [
            new EbbItem("north", new float[] { 0, 1 }) { Category = "cold" },
            new EbbItem("east", new float[] { 1, 0 }) { Category = "warm" },
            new EbbItem("west", new float[] { -1, 0 }) { Category = "far" },
        ]);
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await client.ObserveAsync([new EbbEvent("ann", "north", EbbEventType.Click, now)]);
        var told = Channel.CreateUnbounded<EbbPhaseNotice>();
        var subscription = await client.SubscribeAsync("ann", notice => told.Writer.TryWrite(notice));
        int toldOfEnded = 0;
        var ended = await client.SubscribeAsync("bob", _ => Interlocked.Increment(ref toldOfEnded));
        await ended.DisposeAsync();

        proxy.Cut();
        await client.ObserveAsync([new EbbEvent("ann", "east", EbbEventType.Click, now)]);

        // Of which connection the event was is a race; that the phases of after it come, is not.
        EbbPhaseNotice again = await NextAsync(told, notice => notice.HasMissed);
        Assert.Contains("cold", again.Changes.Select(change => change.Subject.Name.ToString()));
        await client.ObserveAsync([new EbbEvent("ann", "west", EbbEventType.Click, now)]);
        EbbPhaseNotice live = await NextAsync(told, notice => Names(notice).Contains("far"));
        Assert.Equal(EbbPhase.Rising, live.Changes.Single(change => change.Subject.Name == "far").Subject.Phase);
        Assert.True(client.ReconnectCount >= 1);

        // The one that was ended was not begun again.
        await client.ObserveAsync([new EbbEvent("bob", "north", EbbEventType.Click, now)]);
        await client.PingAsync();
        Assert.Equal(0, toldOfEnded);
        await subscription.DisposeAsync();
    }

    private static IEnumerable<string> Names(EbbPhaseNotice notice) =>
        notice.Changes.Select(change => change.Subject.Name.ToString());

    private static async Task<EbbPhaseNotice> NextAsync(Channel<EbbPhaseNotice> told, Predicate<EbbPhaseNotice> wanted)
    {
        while (true)
        {
            EbbPhaseNotice notice = await told.Reader.ReadAsync(TestContext.Current.CancellationToken)
                .AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            if (wanted(notice))
            {
                return notice;
            }
        }
    }
}
