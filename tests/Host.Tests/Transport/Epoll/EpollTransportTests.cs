using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Ebb.Server.Transport.Epoll;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Ebb.Host.Tests.Transport.Epoll;

/// <summary>The transport by itself, under an echo: what goes in comes out, however it is cut and read.</summary>
public sealed class EpollTransportTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private IConnectionListener _listener = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "epoll is Linux's");
        var factory = new EpollTransportFactory(2, isScaled: false, NullLogger.Instance);
        _listener = await factory.BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
    }

    public async ValueTask DisposeAsync()
    {
        if (_listener is not null)
        {
            await _listener.UnbindAsync();
            await _listener.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    // The reader takes little and much at a time, leaves a rest that it has looked at, and goes on on other threads
    // while it holds the loop's buffer.
    [Theory]
    [InlineData(1, 1 << 12)]
    [InlineData(7, 1 << 16)]
    [InlineData(4096, 1 << 20)]
    [InlineData(300_000, 1 << 22)]
    public async Task Echo_AnyCutAndAnyReader_SameBytes(int frameBytes, int totalBytes)
    {
        Task[] served = [.. Enumerable.Range(0, 4).Select(_ => EchoAsync(frameBytes))];
        int wholeBytes = totalBytes - (totalBytes % frameBytes);
        Task[] asked = [.. Enumerable.Range(0, 4).Select(seed => AskAsync(seed, wholeBytes))];
        await Task.WhenAll([.. asked, .. served]).WaitAsync(Patience);
    }

    [Fact]
    public async Task Read_CanceledWhileItWaits_SaysSoAndGoesOn()
    {
        using var client = Connect();
        await using var connection = (await _listener.AcceptAsync())!;
        var input = connection.Transport.Input;
        var waiting = input.ReadAsync().AsTask();
        input.CancelPendingRead();
        var canceled = await waiting.WaitAsync(Patience);
        Assert.True(canceled.IsCanceled);
        input.AdvanceTo(canceled.Buffer.End);

        client.Send([42]);
        var read = await input.ReadAsync().AsTask().WaitAsync(Patience);
        Assert.False(read.IsCanceled);
        Assert.Equal(42, read.Buffer.FirstSpan[0]);
        input.AdvanceTo(read.Buffer.End);

        // Asked for before anybody waits: kept for the next read.
        input.CancelPendingRead();
        Assert.True((await input.ReadAsync().AsTask().WaitAsync(Patience)).IsCanceled);
    }

    [Fact]
    public async Task Write_PeerDoesNotRead_WaitsAndAbortEndsIt()
    {
        using var client = Connect();
        await using var connection = (await _listener.AcceptAsync())!;
        var writing = FillAsync(connection.Transport.Output);
        connection.Abort(new ConnectionAbortedException());
        await writing.WaitAsync(Patience);
        var read = await connection.Transport.Input.ReadAsync().AsTask().WaitAsync(Patience);
        Assert.True(read.IsCompleted);
    }

    [Fact]
    public async Task Peer_ClosesOrResets_ReadEnds()
    {
        foreach (bool resets in (bool[])[false, true])
        {
            var client = Connect();
            await using var connection = (await _listener.AcceptAsync())!;
            var reading = connection.Transport.Input.ReadAsync().AsTask();
            client.LingerState = new LingerOption(resets, 0);
            client.Dispose();
            if (resets)
            {
                await Assert.ThrowsAsync<ConnectionResetException>(() => reading.WaitAsync(Patience));
            }
            else
            {
                Assert.True((await reading.WaitAsync(Patience)).IsCompleted);
            }
        }
    }

    // Each share goes to another loop and back, under way, as often as it can.
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Echo_LoopsRestAndComeBack_SameBytes(int loopCount)
    {
        await using var listener = await BindAsync(loopCount);
        Task[] served = [.. Enumerable.Range(0, 5).Select(_ => EchoAsync(7, listener))];
        Task[] asked = [.. Enumerable.Range(0, 5).Select(seed => AskAsync(seed, 7 << 16, listener))];
        var all = Task.WhenAll([.. asked, .. served]).WaitAsync(Patience);
        var random = new Random(42);
        while (!all.IsCompleted)
        {
            listener.Loops.Activate(random.Next(1, loopCount + 1));
            await Task.Delay(random.Next(2));
        }

        await all;
        await listener.UnbindAsync();
    }

    [Fact]
    public async Task Dispose_WhileSharesAreHandedOn_EndsAllThatWait()
    {
        for (int round = 0; round < 50; round++)
        {
            var listener = await BindAsync(4);
            using var client = Connect(listener);
            using var other = Connect(listener);
            Task[] served = [EchoAsync(7, listener), EchoAsync(7, listener)];
            client.Send(new byte[7]);
            Assert.Equal(7, client.Receive(new byte[7]));
            listener.Loops.Activate(1 + (round % 4));
            listener.Loops.Activate(4 - (round % 4));
            await listener.UnbindAsync();
            await listener.DisposeAsync();
            foreach (var echo in served)
            {
                await EndsAsync(echo).WaitAsync(Patience);
            }
        }
    }

    [Fact]
    public async Task Bind_PortInUse_SaysSo()
    {
        var factory = new EpollTransportFactory(1, isScaled: false, NullLogger.Instance);
        await Assert.ThrowsAsync<AddressInUseException>(async () => await factory.BindAsync(_listener.EndPoint));
    }

    private static async Task<EpollListener> BindAsync(int loopCount)
    {
        var factory = new EpollTransportFactory(loopCount, isScaled: false, NullLogger.Instance);
        return (EpollListener)await factory.BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
    }

    // Told the end of the stream, or when it asks for more: that nothing will come.
    private static async Task EndsAsync(Task echo)
    {
        try
        {
            await echo;
        }
        catch (ConnectionResetException)
        {
            // The second of the two.
        }
    }

    private static async Task FillAsync(PipeWriter output)
    {
        byte[] much = new byte[1 << 20];
        FlushResult flushed;
        do
        {
            flushed = await output.WriteAsync(much);
        }
        while (!flushed.IsCompleted);
    }

    private Socket Connect(IConnectionListener? listener = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect((listener ?? _listener).EndPoint);
        return socket;
    }

    private async Task EchoAsync(int frameBytes, IConnectionListener? listener = null)
    {
        await using var connection = (await (listener ?? _listener).AcceptAsync())!;
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        for (int round = 0; ; round++)
        {
            var read = await input.ReadAsync();
            long whole = read.Buffer.Length - (read.Buffer.Length % frameBytes);
            if (round % 3 == 0)
            {
                await Task.Yield();
            }

            foreach (var part in read.Buffer.Slice(0, whole))
            {
                await output.WriteAsync(part);
            }

            input.AdvanceTo(read.Buffer.GetPosition(whole), read.Buffer.End);
            if (read.IsCompleted)
            {
                Assert.Equal(0, read.Buffer.Length - whole);
                return;
            }
        }
    }

    private async Task AskAsync(int seed, int totalBytes, IConnectionListener? listener = null)
    {
        using var client = Connect(listener);
        var random = new Random(seed);
        byte[] sent = new byte[totalBytes];
        random.NextBytes(sent);
        byte[] received = new byte[totalBytes];
        var receiving = Task.Run(() =>
        {
            for (int at = 0; at < totalBytes;)
            {
                int count = client.Receive(received.AsSpan(at));
                Assert.NotEqual(0, count);
                at += count;
            }
        });
        await Task.Run(() =>
        {
            for (int at = 0; at < totalBytes;)
            {
                at += client.Send(sent.AsSpan(at, Math.Min(totalBytes - at, 1 + random.Next(100_000))));
            }
        });
        await receiving;
        Assert.Equal(sent, received);
    }
}
