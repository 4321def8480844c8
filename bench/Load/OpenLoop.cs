using System.Collections.Concurrent;
using System.Diagnostics;
using Ebb.Client;
using Ebb.Protocol;

namespace Ebb.Bench.Load;

/// <summary>
/// Offers requests at their scheduled moments whatever the server does. A latency runs from the scheduled moment to
/// the decoded answer, so a stall is charged to every request that it held up (no coordinated omission). At most
/// InFlightMax are unanswered: an arrival past that is dropped and counted; how late the generator was is reported.
/// </summary>
public sealed class OpenLoop(LoadOptions options, Traffic traffic, EbbClient[] clients)
{
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(30);

    private readonly LatencyHistogram[] _latencies =
        [.. Enum.GetValues<Verb>().Select(_ => new LatencyHistogram())];

    private readonly LatencyHistogram _lag = new();
    private readonly ConcurrentDictionary<string, long> _errors = new();
    private int _inFlight;
    private long _offered;
    private long _answered;
    private long _dropped;

    /// <summary>Runs on a thread of its own until the last arrival is answered, or the drain times out.</summary>
    public async Task<LoadResult> RunAsync()
    {
        await Task.Factory.StartNew(Pace, TaskCreationOptions.LongRunning);
        long drainStart = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref _inFlight) > 0 && Stopwatch.GetElapsedTime(drainStart) < DrainTimeout)
        {
            await Task.Delay(1);
        }

        return new LoadResult
        {
            OfferedRate = _offered / options.Seconds,
            AchievedRate = _answered / options.Seconds,
            Offered = _offered,
            Answered = _answered,
            Dropped = _dropped,
            Unanswered = Volatile.Read(ref _inFlight),
            Lag = LatencyLine.Of("send lag", _lag),
            Verbs = [.. VerbLines()],
            Errors = new SortedDictionary<string, long>(_errors),
        };
    }

    private void Pace()
    {
        using var pause = new DuePause();
        var schedule = new PoissonSchedule(options.Rate, new Random(options.Seed));
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            double atSeconds = schedule.Next();
            if (atSeconds >= options.WarmupSeconds + options.Seconds)
            {
                return;
            }

            Arrival arrival = traffic.Draw();
            long due = start + (long)(atSeconds * Stopwatch.Frequency);
            pause.Until(due);
            Offer(arrival, due, counted: atSeconds >= options.WarmupSeconds);
        }
    }

    private void Offer(Arrival arrival, long due, bool counted)
    {
        _offered += counted ? 1 : 0;
        if (Volatile.Read(ref _inFlight) >= options.InFlightMax)
        {
            _dropped += counted ? 1 : 0;
            return;
        }

        if (counted)
        {
            _lag.Record(NanosSince(due));
        }

        Interlocked.Increment(ref _inFlight);

        // A user stays on one connection: its writes keep their order.
        _ = SendAsync(clients[arrival.User % clients.Length], arrival, due, counted);
    }

    private async Task SendAsync(EbbClient client, Arrival arrival, long due, bool counted)
    {
        try
        {
            foreach (StatusCode status in await traffic.SendAsync(client, arrival))
            {
                CountError(status.ToString(), counted);
            }

            if (counted)
            {
                _latencies[(int)arrival.Verb].Record(NanosSince(due));
                Interlocked.Increment(ref _answered);
            }
        }
        catch (EbbException exception)
        {
            CountError(exception.Status.ToString(), counted);
        }
        catch (EbbConnectionException)
        {
            CountError("connection", counted);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    private void CountError(string name, bool counted)
    {
        if (counted)
        {
            _errors.AddOrUpdate(name, 1, (_, count) => count + 1);
        }
    }

    private IEnumerable<LatencyLine> VerbLines()
    {
        foreach (Verb verb in Enum.GetValues<Verb>())
        {
            if (_latencies[(int)verb].Count > 0)
            {
                yield return LatencyLine.Of(verb.ToString().ToLowerInvariant(), _latencies[(int)verb]);
            }
        }
    }

    private static long NanosSince(long timestamp) =>
        (long)Stopwatch.GetElapsedTime(timestamp).TotalNanoseconds;
}
