using System.Diagnostics;
using Ebb.Bench.Load;

namespace Ebb.Bench.Wire;

/// <summary>
/// Requests at Poisson moments, whatever the server does, over connections in turn (Ebb alone: its replies say which
/// request they answer). One thread that sleeps until a request is due or a reply is there, so that the generator takes
/// little of a processor that it shares with the server. A latency runs from the moment at which the request was due to
/// the one at which its reply was read: a stall of either side is charged to every request that it held up.
/// </summary>
internal sealed class PoissonLoop : IDisposable
{
    private const int InFlightMax = 1 << 16;
    private const long SilenceNanosMax = 30_000_000_000;

    private readonly Epoll _epoll = new();
    private readonly EbbTraffic _traffic;
    private readonly PeerConnection[] _connections;
    private readonly int[] _ready;
    private readonly Random _random;
    private readonly double _rate;
    private readonly TakenReply _answered;

    // When the request of this number, modulo, was due.
    private readonly long[] _dues = new long[InFlightMax];
    private LatencyHistogram _latencies = new();
    private long _answeredCount;
    private long _errorCount;
    private int _inFlight;

    public PoissonLoop(WireOptions options, EbbTraffic traffic)
    {
        (_traffic, _rate) = (traffic, options.Rate);
        _answered = Answered;
        _random = new Random(options.Seed);
        _connections = new PeerConnection[options.ConnectionCount];
        _ready = new int[options.ConnectionCount];
        for (int index = 0; index < _connections.Length; index++)
        {
            _connections[index] = new PeerConnection(options, traffic);
            _epoll.Watch(_connections[index].Socket, index);
        }
    }

    /// <summary>Offers for so many seconds, then waits for what is unanswered.</summary>
    /// <param name="seconds">Of requests that become due.</param>
    /// <param name="latencies">From a request's moment to its reply.</param>
    /// <param name="lags">How late a request was sent.</param>
    public LoopCount Run(double seconds, LatencyHistogram latencies, LatencyHistogram lags)
    {
        (_latencies, _answeredCount, _errorCount) = (latencies, 0, 0);
        Epoll.WakePrecisely();
        var schedule = new PoissonSchedule(_rate, _random);
        long start = Stopwatch.GetTimestamp();
        int turn = 0;
        for (double at = schedule.Next(); at < seconds; at = schedule.Next())
        {
            long due = start + (long)(at * Stopwatch.Frequency);
            ReceiveUntil(due);
            if (_inFlight == InFlightMax)
            {
                throw new IOException($"{InFlightMax:N0} requests are unanswered: the server cannot keep this rate");
            }

            long now = Stopwatch.GetTimestamp();
            _traffic.SetTime(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
            _dues[(_traffic.LastNumber + 1) % InFlightMax] = due;
            _inFlight++;
            _connections[turn++ % _connections.Length].Send(1, now);
            lags.Record((long)Stopwatch.GetElapsedTime(due, now).TotalNanoseconds);
        }

        while (_inFlight > 0)
        {
            Receive(SilenceNanosMax);
        }

        return new LoopCount(_answeredCount, _errorCount, seconds);
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }

        _epoll.Dispose();
    }

    private void ReceiveUntil(long due)
    {
        while (due - Stopwatch.GetTimestamp() is var left and > 0)
        {
            Receive(left * 1_000_000_000 / Stopwatch.Frequency);
        }
    }

    private void Receive(long timeoutNanos)
    {
        int count = _epoll.Wait(_ready, timeoutNanos);
        if (count == 0 && timeoutNanos == SilenceNanosMax)
        {
            throw new IOException("the server stopped answering");
        }

        foreach (int index in _ready.AsSpan(0, count))
        {
            _connections[index].Receive(_answered);
        }
    }

    private void Answered(ReadOnlySpan<byte> reply, bool isOk)
    {
        _inFlight--;
        _answeredCount++;
        _errorCount += isOk ? 0 : 1;
        long due = _dues[EbbTraffic.NumberOf(reply) % InFlightMax];
        _latencies.Record((long)Stopwatch.GetElapsedTime(due).TotalNanoseconds);
    }
}
