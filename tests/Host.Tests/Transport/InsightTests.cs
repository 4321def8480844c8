using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Ebb.Client;
using Ebb.Client.Internal;
using Ebb.Engine;
using Ebb.Engine.Interest.Lifecycle;
using Ebb.Engine.Interest.Lifecycle.Watching;
using Ebb.Engine.Ranking;
using Ebb.Protocol;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Transport;

/// <summary>DRIFT, WHY, SUBSCRIBE and the phases of PROFILE through client, wire, server and engine.</summary>
public sealed class InsightTests
{
    private const long Now = 1_700_000_000_000;

    private static readonly EbbItem[] Items =
    [
        new("north", new float[] { 0, 1 }) { Category = "cold" },
        new("east", new float[] { 1, 0 }) { Category = "warm" },
        new("north-east", new float[] { 0.7f, 0.7f }) { Category = "warm" },
    ];

    private static readonly ServingPolicy Policy = new()
    {
        Lifecycle = new LifecyclePolicy { Categories = new PhaseRule { HalfLife = TimeSpan.FromHours(1), Boost = 1 } },
    };

    [Fact]
    public async Task Why_OverTheWire_AddsUpAndComparesWithThen()
    {
        await using var engine = await OpenAsync();
        await using var server = await StartAsync(engine);
        await using var client = await ConnectAsync(server.Endpoint);
        await client.PutItemsAsync(Items);
        await client.ObserveAsync(
        [
            new EbbEvent("ann", "north", EbbEventType.Click, Now - 7_200_000),
            new EbbEvent("ann", "east", EbbEventType.Click, Now - 1000),
        ]);

        var why = await client.WhyAsync("ann", "north", sinceMs: Now - 3_600_000, nowMs: Now);
        var list = await client.RecommendAsync("ann", new EbbQuery { Count = 3, NowMs = Now });

        Assert.Equal(list.Items.Single(item => item.Item == "north").Score, why.Score, 1e-5);
        Assert.Equal(["vector", "phase"], why.Sources.Select(source => source.Name));
        Assert.Equal(why.Score, why.Sources.Sum(source => source.Amount), 1e-5);
        Assert.Equal(why.Sources[0].Amount, why.Events.Sum(one => one.Amount) + why.OlderEvents, 1e-5);
        Assert.Equal(0, why.Events.Single(one => one.Item == "east").Then);
        Assert.Equal(
            why.Sources[0].Then, why.Events.Sum(one => one.Then) + why.Since!.OlderEvents, 1e-5);
        Assert.Equal((true, true), (why.Since.Known, why.Since.IsComplete));
        Assert.Equal(("cold", EbbPhase.Fading), (why.Phases[0].Name.ToString(), why.Phases[0].Phase));
        var refused = await Assert.ThrowsAsync<EbbException>(() => client.WhyAsync("ann", "west"));
        Assert.Equal(StatusCode.UnknownItem, refused.Status);
    }

    [Fact]
    public async Task Probabilities_OverTheWire_OnlyWhereWanted()
    {
        await using var engine = await OpenAsync();
        engine.SetPolicy(new ServingPolicy { Calibration = new Calibration { Platt = (-1, 0) } });
        await using var server = await StartAsync(engine);
        await using var client = await ConnectAsync(server.Endpoint);
        await client.PutItemsAsync(Items);
        await client.ObserveAsync([new EbbEvent("ann", "north", EbbEventType.Click, Now)]);

        var plain = await client.RecommendAsync("ann", new EbbQuery { Count = 3, NowMs = Now });
        var wanted = await client.ActAsync(
            "ann", [], new EbbQuery { Count = 3, NowMs = Now, Probabilities = true, Explain = true });

        Assert.All(plain.Items, item => Assert.True(float.IsNaN(item.Probability)));
        Assert.All(
            wanted.List.Items, item => Assert.Equal(1 / (1 + Math.Exp(-item.Score)), item.Probability, 1e-6));
    }

    [Fact]
    public async Task Drift_OverTheWire_IsTheEngines()
    {
        await using var engine = await OpenAsync();
        await using var server = await StartAsync(engine);
        await using var client = await ConnectAsync(server.Endpoint);
        await client.PutItemsAsync(Items);
        var query = new EbbQuery { Count = 2, NowMs = Now };
        await client.ActAsync("ann", [new EbbAction("north", EbbEventType.Click, Now - 1000)], query);
        await client.ObserveAsync([new EbbEvent("ann", "east", EbbEventType.Click, Now - 1000)]);

        var drift = await client.DriftAsync("ann", raw: true, nowMs: Now);
        var stats = await client.StatsAsync();

        Assert.Equal(1 - Math.Sqrt(0.5), drift.Cosine, 1e-6);
        Assert.Equal(1, drift.Euclidean, 1e-4);
        Assert.Equal((EbbDriftDistance.Cosine, drift.Cosine), (drift.Distance, drift.Drift));
        Assert.Equal((true, true, true, false), (drift.Known, drift.HasList, drift.IsRaw, drift.IsAlarmed));
        Assert.Equal((0.01, 0.4, 8.0), (drift.KeepBelow, drift.ShiftFrom, drift.PopulationThreshold));
        Assert.True(double.IsNaN(drift.AlarmFrom) && double.IsNaN(drift.Attention));
        Assert.Contains("0.001:0", stats["engine.drift_histogram"], StringComparison.Ordinal);
        Assert.Equal("0", stats["engine.drift_alarms"]);
    }

    [Fact]
    public async Task Subscribe_OverTheWire_PushesChangesUntilItEnds()
    {
        await using var engine = await OpenAsync();
        await using var server = await StartAsync(engine);
        await using var client = await ConnectAsync(server.Endpoint);
        await client.PutItemsAsync(Items);
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await client.ObserveAsync([new EbbEvent("ann", "north", EbbEventType.Click, now)]);
        var told = Channel.CreateUnbounded<EbbPhaseNotice>();

        var subscription = await client.SubscribeAsync("ann", notice => told.Writer.TryWrite(notice));
        Assert.Equal(("cold", EbbPhase.Rising),
            (subscription.Phases[0].Name.ToString(), subscription.Phases[0].Phase));
        var profile = await client.ProfileAsync("ann");
        Assert.Equal(subscription.Phases[0].NextChangeMs, profile.Phases[0].NextChangeMs);
        await client.ObserveAsync([new EbbEvent("ann", "east", EbbEventType.Click, now)]);
        var notice = await told.Reader.ReadAsync(TestContext.Current.CancellationToken);
        await subscription.DisposeAsync();
        await client.ObserveAsync([new EbbEvent("ann", "east", EbbEventType.Dislike, now)]);
        await client.PingAsync();

        var change = Assert.Single(notice.Changes);
        Assert.Equal(("warm", EbbPhase.Rising, EbbPhase.None),
            (change.Subject.Name.ToString(), change.Subject.Phase, change.Before));
        Assert.False(notice.HasMissed);
        Assert.False(told.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Subscribe_PastTheLimit_IsRefusedAndEndsWithTheConnection()
    {
        await using var engine = await OpenAsync();
        await using var server = await StartAsync(engine, subscriptionCountMax: 2);
        await using (var client = await ConnectAsync(server.Endpoint))
        {
            await client.SubscribeAsync("ann", _ => { });
            var second = await client.SubscribeAsync("bob", _ => { });
            var refused = await Assert.ThrowsAsync<EbbException>(() => client.SubscribeAsync("cid", _ => { }));
            Assert.Equal(StatusCode.Overloaded, refused.Status);
            await client.SubscribeAsync("ann", _ => { });
            await second.DisposeAsync();
            await client.SubscribeAsync("cid", _ => { });
        }

        // Another connection has a limit of its own, and the engine still serves the users of the one that is gone.
        await using var later = await ConnectAsync(server.Endpoint);
        await later.PutItemsAsync(Items);
        var told = Channel.CreateUnbounded<EbbPhaseNotice>();
        await later.SubscribeAsync("ann", notice => told.Writer.TryWrite(notice));
        await later.ObserveAsync([new EbbEvent("ann", "north", EbbEventType.Click, 1000)]);
        Assert.Single((await told.Reader.ReadAsync(TestContext.Current.CancellationToken)).Changes);
    }

    [Fact]
    public async Task Subscribe_PeerDoesNotRead_LosesChangesAndIsToldSo()
    {
        const int RoundCount = 10_000;
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1024, resumeWriterThreshold: 512));
        var output = new ReplyOutput(pipe.Writer, new ProtocolLimits(), TimeProvider.System);
        var sending = output.RunAsync();
        var watch = new WireWatch(output, 4 << 20, 9);
        var phase = new SubjectPhase(PhaseSubject.Item, new string('i', 40), InterestPhase.Peak);
        for (int round = 0; round < RoundCount; round++)
        {
            watch.PhasesChanged(watch.Watch, [new PhaseChange(phase, null)], round);
        }

        var frames = new List<EbbPhaseNotice>();
        long bytes = await ReadAsync(pipe.Reader, frames, until: _ => frames.Count * 116 >= 250 << 10);
        watch.PhasesChanged(watch.Watch, [new PhaseChange(phase, null)], RoundCount);
        bytes += await ReadAsync(pipe.Reader, frames, until: notice => notice.AtMs == RoundCount);

        Assert.InRange(bytes, 256 << 10, 600 << 10);
        Assert.InRange(frames.Count, 1, RoundCount / 2);
        Assert.All(frames.SkipLast(1), notice => Assert.False(notice.HasMissed));
        Assert.True(frames[^1].HasMissed);
        watch.Close();
        watch.PhasesChanged(watch.Watch, [new PhaseChange(phase, null)], 0);
        output.Finish();
        await sending;
        Assert.False(pipe.Reader.TryRead(out _));
    }

    private static async Task<long> ReadAsync(
        PipeReader reader, List<EbbPhaseNotice> frames, Predicate<EbbPhaseNotice> until)
    {
        long bytes = 0;
        while (true)
        {
            var read = await reader.ReadAsync(TestContext.Current.CancellationToken);
            var buffer = read.Buffer;
            bool isFound = false;
            while (FrameScanner.Scan(buffer, new ProtocolLimits(), out var header) == ScanResult.Frame)
            {
                byte[] frame = buffer.Slice(0, header.FrameBytes).ToArray();
                Assert.Equal((Opcode.Change, 9UL), (header.Opcode, header.CorrelationId));
                frames.Add(Subscriptions.Read(frame.AsSpan(FrameHeader.Bytes), hasMissed: false)!);
                bytes += frame.Length;
                isFound |= until(frames[^1]);
                buffer = buffer.Slice(header.FrameBytes);
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (isFound)
            {
                return bytes;
            }
        }
    }

    private static Task<InterestEngine> OpenAsync() =>
        InterestEngine.OpenAsync(new EngineOptions { Dimension = 2, PartitionCount = 2, Policy = Policy });

    private static async Task<EbbServer> StartAsync(InterestEngine engine, int subscriptionCountMax = 1024)
    {
        var server = new EbbServer(engine, new EbbServerOptions
        {
            Endpoint = new IPEndPoint(IPAddress.Loopback, 0),
            SubscriptionCountMax = subscriptionCountMax,
        });
        await server.StartAsync();
        return server;
    }

    private static Task<EbbClient> ConnectAsync(IPEndPoint endpoint) =>
        EbbClient.ConnectAsync(new EbbClientOptions { Endpoint = endpoint });
}
