using System.Collections.Concurrent;
using System.Diagnostics;
using Ebb.Engine;
using Ebb.Engine.Batching;

namespace Ebb.Server.Prove;

/// <summary>
/// Requests at a rate, whatever becomes of them, through the door that the server itself uses: a refusal costs what it
/// costs there, and not an exception. One thread of its own sends; answers are counted on the engine's.
/// </summary>
/// <param name="engine">Who is asked.</param>
/// <param name="fill">Writes the next question; called by the sending thread alone.</param>
internal sealed class OpenLoop(InterestEngine engine, Action<EngineRequest> fill) : IRequestCompletion
{
    private readonly ConcurrentStack<Call> _idle = new();
    private readonly Lock _lock = new();
    private int _pendingCount;

    /// <summary>Milliseconds from sent to answered; of all, once the run is over.</summary>
    public List<double> AnsweredMs { get; } = [];

    public List<double> RefusedMs { get; } = [];

    /// <summary>Answered without their scan.</summary>
    public int LeftOutCount { get; private set; }

    public async Task RunAsync(double perSecond, TimeSpan time)
    {
        await Task.Factory.StartNew(
            () => Send(perSecond, time), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        while (Volatile.Read(ref _pendingCount) > 0)
        {
            await Task.Delay(1);
        }
    }

    public void Completed(EngineRequest request)
    {
        var call = (Call)request.State!;
        double tookMs = Stopwatch.GetElapsedTime(call.SentAt).TotalMilliseconds;
        lock (_lock)
        {
            (request.Status == EntryStatus.Ok ? AnsweredMs : RefusedMs).Add(tookMs);
            LeftOutCount += request.ScanLeftOut ? 1 : 0;
        }

        _idle.Push(call);
        Interlocked.Decrement(ref _pendingCount);
    }

    private void Send(double perSecond, TimeSpan time)
    {
        long started = Stopwatch.GetTimestamp();
        long sent = 0;
        while (Stopwatch.GetElapsedTime(started) is var elapsed && elapsed < time)
        {
            // What is due by now; who is late is sent at once, not left out.
            for (; sent < elapsed.TotalSeconds * perSecond; sent++)
            {
                if (!_idle.TryPop(out Call? call))
                {
                    call = new Call();
                }

                call.Request.Reset();
                call.Request.State = call;
                call.Request.Completion = this;
                fill(call.Request);
                Interlocked.Increment(ref _pendingCount);
                call.SentAt = Stopwatch.GetTimestamp();
                engine.Submit(call.Request);
            }

            Thread.Sleep(1);
        }
    }

    private sealed class Call
    {
        public EngineRequest Request { get; } = new();

        public long SentAt { get; set; }
    }
}
