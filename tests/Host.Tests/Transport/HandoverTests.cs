using System.Net;
using Ebb.Engine;
using Ebb.Engine.Batching;
using Ebb.Protocol;
using Ebb.Server.Hosting;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Transport;

/// <summary>Requests of many connections that are handed over together: each is answered, once.</summary>
public sealed class HandoverTests
{
    private const int ConnectionCount = 12;
    private const int FrameCount = 3000;

    // Room for four: nearly every read ends waiting for it, and goes on on the thread that gave the room back, while
    // the socket's thread may be handing over what the read began with.
    [Fact]
    public async Task Observe_ShortReadsWithoutRoom_EveryOneIsAnsweredOnce()
    {
        using var folder = new TemporaryFolder("ebb-test-");
        await using var engine = await InterestEngine.OpenAsync(
            new EngineOptions { Dimension = 2, Folder = folder.Path, PartitionCount = 2 });
        await using var server = new EbbServer(engine, new EbbServerOptions
        {
            Endpoint = new IPEndPoint(IPAddress.Loopback, 0),
            Limits = new ProtocolLimits { InFlightMax = 4 },
        });
        await server.StartAsync(TestContext.Current.CancellationToken);

        await Task.WhenAll(Enumerable.Range(0, ConnectionCount).Select(seed => AskAsync(server.Endpoint, seed)));
    }

    [Fact]
    public void End_OneFails_TheOthersAreHandedOverAndItIsTold()
    {
        var bad = new CountingHandoff(fails: true);
        var good = new CountingHandoff(fails: false);
        Assert.False(HandoverTurn.TryDefer(good, 1));
        HandoverTurn.Begin();
        Assert.True(HandoverTurn.TryDefer(bad, 1));
        Assert.True(HandoverTurn.TryDefer(good, 1));
        Assert.False(HandoverTurn.TryDefer(good, 1000));

        Assert.Throws<InvalidOperationException>(HandoverTurn.End);

        Assert.Equal((1, 1), (good.Pushed, good.Served));
        Assert.Equal((1, 1), (bad.Pushed, bad.Served));
        Assert.False(HandoverTurn.TryDefer(good, 1));
    }

    [Fact]
    public void EndIfLong_ThousandFramesWait_ServesThemAndGoesOn()
    {
        var first = new CountingHandoff(fails: false);
        HandoverTurn.Begin();
        for (int read = 0; read < 7; read++)
        {
            Assert.True(HandoverTurn.TryDefer(first, 146));
        }

        HandoverTurn.EndIfLong();
        Assert.Equal((0, 0), (first.Pushed, first.Served));
        Assert.True(HandoverTurn.TryDefer(first, 2));
        HandoverTurn.EndIfLong();
        Assert.Equal((8, 8), (first.Pushed, first.Served));

        var second = new CountingHandoff(fails: false);
        Assert.True(HandoverTurn.TryDefer(second, 1));
        HandoverTurn.EndIfLong();
        Assert.Equal((0, 0), (second.Pushed, second.Served));
        HandoverTurn.End();
        Assert.Equal((1, 1), (second.Pushed, second.Served));
        Assert.Equal((8, 8), (first.Pushed, first.Served));
    }

    private static async Task AskAsync(IPEndPoint endpoint, int seed)
    {
        var random = new Random(seed);
        using var connection = await RawConnection.ConnectAsync(endpoint);
        await connection.SendAsync(Frames.Hello());
        await connection.ReadAsync();
        var sending = Task.Run(async () =>
        {
            for (int frame = 0; frame < FrameCount;)
            {
                int count = Math.Min(1 + random.Next(8), FrameCount - frame);
                byte[][] together = [.. Enumerable.Range(frame, count).Select(number => Frames.Observe(
                    2 + (ulong)number, [($"u{random.Next(100)}", "i")],
                    flags: number % 3 == 0 ? FrameFlags.Durable : FrameFlags.None))];
                await connection.SendAsync([.. together.SelectMany(bytes => bytes)]);
                frame += count;
            }
        });
        var answered = new HashSet<ulong>();
        for (int frame = 0; frame < FrameCount; frame++)
        {
            var reply = await connection.ReadAsync();
            Assert.Equal(StatusCode.Ok, reply.Header.Status);
            Assert.True(answered.Add(reply.Header.CorrelationId), $"{reply.Header.CorrelationId} was answered twice");
        }

        await sending;
    }

    private sealed class CountingHandoff(bool fails) : IRequestHandoff
    {
        public int Pushed { get; private set; }

        public int Served { get; private set; }

        public void Add(EngineRequest request) => throw new NotSupportedException();

        public void Push()
        {
            Pushed++;
            if (fails)
            {
                throw new InvalidDataException("as planned");
            }
        }

        public void Serve() => Served++;
    }
}
