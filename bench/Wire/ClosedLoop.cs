using System.Diagnostics;
using Ebb.Bench.Load;

namespace Ebb.Bench.Wire;

/// <summary>
/// Fifty connections that each send a batch, wait for all of its replies and send the next: what redis-benchmark does,
/// so that peers are compared under the same rule. One thread. A latency runs from the send of the batch to the moment
/// at which its reply was read.
/// </summary>
internal sealed class ClosedLoop : IDisposable
{
    private const long WaitNanos = 1_000_000_000;
    private const int SilentWaitsMax = 30;

    private readonly IPeerTraffic _traffic;
    private readonly PeerConnections _connections;
    private readonly int _depth;

    public ClosedLoop(WireOptions options, IPeerTraffic traffic)
    {
        (_traffic, _depth) = (traffic, options.Depth);
        _connections = new PeerConnections(options, traffic);
    }

    /// <summary>Until that many requests are answered (0: no bound) or the time is over, then drains.</summary>
    public LoopCount Run(double seconds, long requestCount, LatencyHistogram latencies)
    {
        long start = Stopwatch.GetTimestamp();
        long end = start + (long)(seconds * Stopwatch.Frequency);
        long replies = 0;
        long ok = 0;
        long sent = 0;
        int busy = 0;
        SetTime();
        foreach (var connection in _connections.All)
        {
            connection.Send(_depth, Stopwatch.GetTimestamp());
            busy++;
            sent += connection.Unanswered;
        }

        int silentWaits = 0;
        while (busy > 0)
        {
            int count = _connections.Wait(WaitNanos);
            silentWaits = count == 0 ? silentWaits + 1 : 0;
            if (silentWaits > SilentWaitsMax)
            {
                throw new IOException("the server stopped answering");
            }

            SetTime();
            for (int index = 0; index < count; index++)
            {
                var connection = _connections.Ready(index);
                var (got, good) = connection.Receive();
                long now = Stopwatch.GetTimestamp();
                latencies.Record((long)Stopwatch.GetElapsedTime(connection.SentAt, now).TotalNanoseconds, got);
                replies += got;
                ok += good;
                if (connection.Unanswered > 0)
                {
                    continue;
                }

                if (now < end && (requestCount == 0 || sent < requestCount))
                {
                    connection.Send(_depth, now);
                    sent += connection.Unanswered;
                }
                else
                {
                    busy--;
                }
            }
        }

        return new LoopCount(replies, replies - ok, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    public void Dispose() => _connections.Dispose();

    private void SetTime()
    {
        if (_traffic is INumberedTraffic numbered)
        {
            numbered.SetTime(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        }
    }
}

/// <summary>Replies, those that were no "ok", and the time that they took.</summary>
internal readonly record struct LoopCount(long Replies, long Errors, double Seconds);
