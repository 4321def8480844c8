using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Proving.Fuzz;

/// <summary>
/// Sends fuzzed frames to a server, connection after connection, and reads all that comes back. After each the server
/// must answer a PING or close, soon. One thread.
/// </summary>
internal sealed class WireFuzz(IPEndPoint endpoint, int seed) : IDisposable
{
    private const int FramesPerConnection = 200;
    private const ulong PingCorrelation = 1;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly FrameFuzzer _fuzzer = new(seed);
    private readonly FrameBuffer _batch = new();

    public long FrameCount { get; private set; }

    public int ConnectionCount { get; private set; }

    public int ClosedCount { get; private set; }

    /// <summary>Longest time from the last byte sent to an answer of the PING behind it, or to the close.</summary>
    public TimeSpan SlowestEnd { get; private set; }

    /// <exception cref="TimeoutException">The server neither answered nor closed.</exception>
    public async Task RunAsync(long frameCount)
    {
        while (FrameCount < frameCount)
        {
            await RunConnectionAsync((int)Math.Min(FramesPerConnection, frameCount - FrameCount)).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _fuzzer.Dispose();
        _batch.Dispose();
    }

    private async Task RunConnectionAsync(int count)
    {
        ConnectionCount++;
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endpoint).ConfigureAwait(false);
        Task reading = DrainAsync(socket);
        _batch.Clear();
        WriteHello(_batch);
        for (int index = 0; index < count; index++)
        {
            _batch.WriteBytes(_fuzzer.Next());
            FrameCount++;
        }

        new FrameWriter(_batch, Header(Opcode.Ping)).Complete();
        try
        {
            await SendAsync(socket).ConfigureAwait(false);
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // Closed by the server on the way.
            ClosedCount++;
        }

        long sent = Stopwatch.GetTimestamp();
        await reading.WaitAsync(Patience).ConfigureAwait(false);
        TimeSpan took = Stopwatch.GetElapsedTime(sent);
        SlowestEnd = took > SlowestEnd ? took : SlowestEnd;
    }

    private async Task SendAsync(Socket socket)
    {
        ReadOnlyMemory<byte> rest = _batch.WrittenMemory;
        while (!rest.IsEmpty)
        {
            rest = rest[await socket.SendAsync(rest).ConfigureAwait(false)..];
        }
    }

    // To the end: whatever the frames were, the server ends the connection once we have.
    private static async Task DrainAsync(Socket socket)
    {
        byte[] bytes = new byte[64 << 10];
        try
        {
            while (await socket.ReceiveAsync(bytes).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Reset: an end as well.
        }
    }

    private static void WriteHello(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, Header(Opcode.Hello));
        new HelloRequest { VersionMin = 1, VersionMax = 1, FrameBytesMax = 4 << 20, Name = "fuzz"u8 }
            .Write(frame.Body());
        frame.Complete();
    }

    private static FrameHeader Header(Opcode opcode) => new()
    {
        Version = FrameHeader.Version1,
        Opcode = opcode,
        CorrelationId = PingCorrelation,
    };
}
