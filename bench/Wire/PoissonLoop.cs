using System.Diagnostics;
using Ebb.Bench.Load;

namespace Ebb.Bench.Wire;

/// <summary>
/// Requests at Poisson moments, whatever the server does, over connections in turn, of traffic whose replies say which
/// request they answer. One thread that sleeps until a request is due or a reply is there, so that the generator takes
/// little of a processor that it shares with the server. A latency runs from the moment at which the request was due to
/// the one at which its reply was read: a stall of either side is charged to every request that it held up.
/// </summary>
internal sealed class PoissonLoop : IDisposable
{
    private const int InFlightMax = 1 << 16;
    private const long WaitNanos = 1_000_000_000;
    private const int SilentWaitsMax = 30;

    private readonly INumberedTraffic _traffic;
    private readonly PeerConnections _connections;
    private readonly Random _random;
    private readonly double _rate;
    private readonly TakenReply _answered;

    // When the request of this number, modulo, was due.
    private readonly long[] _dues = new long[InFlightMax];
    private LatencyHistogram _latencies = new();
    private long _answeredCount;
    private long _errorCount;
    private int _inFlight;

    public PoissonLoop(WireOptions options, INumberedTraffic traffic)
    {
        (_traffic, _rate) = (traffic, options.Rate);
        _answered = Answered;
        _random = new Random(options.Seed);
        _connections = new PeerConnections(options, traffic);
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
            _connections.All[turn++ % _connections.All.Length].Send(1, now);
            lags.Record((long)Stopwatch.GetElapsedTime(due, now).TotalNanoseconds);
        }

        for (int silentWaits = 0; _inFlight > 0;)
        {
            silentWaits = Receive(WaitNanos) == 0 ? silentWaits + 1 : 0;
            if (silentWaits > SilentWaitsMax)
            {
                throw new IOException("the server stopped answering");
            }
        }

        return new LoopCount(_answeredCount, _errorCount, seconds);
    }

    public void Dispose() => _connections.Dispose();

    private void ReceiveUntil(long due)
    {
        while (due - Stopwatch.GetTimestamp() is var left and > 0)
        {
            Receive(left * 1_000_000_000 / Stopwatch.Frequency);
        }
    }

    private int Receive(long timeoutNanos)
    {
        int count = _connections.Wait(timeoutNanos);
        for (int index = 0; index < count; index++)
        {
            _connections.Ready(index).Receive(_answered);
        }

        return count;
    }

    private void Answered(ReadOnlySpan<byte> reply, bool isOk)
    {
        _inFlight--;
        _answeredCount++;
        _errorCount += isOk ? 0 : 1;
        long due = _dues[_traffic.NumberOf(reply) % InFlightMax];
        _latencies.Record((long)Stopwatch.GetElapsedTime(due).TotalNanoseconds);
    }
}
