using System.Collections.Concurrent;
using System.Diagnostics;
using Ebb.Engine.Diagnostics;
using Ebb.Engine.Log;
using Ebb.Engine.Threading;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Batching;

/// <summary>
/// Commits one partition's log in groups: at once while somebody waits for durability, otherwise within the commit
/// interval of an append, and not at all while nothing was appended. Whatever gathered during one sync goes with the
/// next; and where the writers of the last groups are about to come again, the sync waits for them up to <see
/// cref="GatherTime"/> (group commit with a delay, as of DB2 and PostgreSQL's commit_delay, but only while it pays),
/// those of all partitions together (<see cref="CommitRounds"/>): half a group each would wait for two syncs instead of
/// one. A thread of its own: a sync blocks for milliseconds, and on a small machine two of them would take the whole
/// thread pool away from the partitions (measured: p90 of ACT at 20 ms instead of below one).
/// </summary>
internal sealed class CommitPump
{
    private const int GatherPauseMax = 64;

    private static readonly TimeSpan GatherTime = TimeSpan.FromMilliseconds(3);

    // A sync that is quicker than this is no worth waiting for.
    private static readonly TimeSpan SlowCommit = TimeSpan.FromMicroseconds(300);

    private readonly ConcurrentQueue<(EngineRequest Request, ulong Sequence)> _waiting = new();
    private readonly WakeSignal _appended = new();
    private readonly WakeSignal _urgent = new();
    private readonly IEventLog _log;
    private readonly ushort _partition;
    private readonly TimeSpan _interval;
    private readonly CommitRounds _rounds;
    private readonly int _number;
    private readonly Action _durableAdvanced;
    private readonly ILogger _logger;
    private volatile bool _isStopping;
    private volatile bool _isCalled;
    private Thread? _loop;
    private int _waitingCount;
    private int _begunCount;
    private TimeSpan _lastCommit;
    private int _gatherPause = 1;
    private int _gathersToSkip;

    /// <param name="log">Of all partitions.</param>
    /// <param name="partition">Whose entries it commits.</param>
    /// <param name="interval">The longest time from an append that nobody waits for to its commit.</param>
    /// <param name="rounds">Shared by the pumps of all partitions.</param>
    /// <param name="durableAdvanced">Called after each commit.</param>
    /// <param name="logger">Told of failures.</param>
    public CommitPump(
        IEventLog log, ushort partition, TimeSpan interval, CommitRounds rounds, Action durableAdvanced, ILogger logger)
    {
        (_log, _partition, _interval, _rounds) = (log, partition, interval, rounds);
        (_durableAdvanced, _logger) = (durableAdvanced, logger);
        _number = rounds.Join(this);
    }

    /// <summary>Set when a sync failed: nothing is acknowledged any more.</summary>
    public bool Failed { get; private set; }

    /// <summary>Entries that each commit made durable. Written by the loop alone.</summary>
    public PowerBuckets GroupSizes { get; } = new();

    public void Start()
    {
        _loop = new Thread(Loop) { IsBackground = true, Name = "ebb-commit-" + _partition };
        _loop.Start();
    }

    public void Appended() => _appended.Set();

    /// <summary>Completes this partition's share of the request once the sequence is durable.</summary>
    public void Await(EngineRequest request, ulong sequence)
    {
        if (_log.DurableSequence(_partition) >= sequence)
        {
            RequestCompletion.ShareDone(request);
            return;
        }

        // Signalled after it is queued, and for a whole round: a commit that ended between the check and the queue
        // would otherwise leave it waiting for the next append.
        _waiting.Enqueue((request, sequence));
        int count = Interlocked.Increment(ref _waitingCount);
        _appended.Set();
        if (_rounds.Come())
        {
            _rounds.CallAll();
        }
        else if (count == 1)
        {
            _urgent.Set();
        }

        if (Failed)
        {
            Refuse();
        }
    }

    /// <summary>Whoever is waited for has come: if somebody waits here, commits without delay.</summary>
    public void Call()
    {
        if (Volatile.Read(ref _waitingCount) > 0)
        {
            _isCalled = true;
            _urgent.Set();
        }
    }

    public void Stop()
    {
        _isStopping = true;
        _appended.Close();
        _urgent.Close();
        _loop?.Join();
        if (!Failed)
        {
            Commit();
        }
    }

    private void Loop()
    {
        // Once stopping, Stop commits what is left.
        while (!Failed && _appended.Wait() && !_isStopping)
        {
            _urgent.Wait(_interval);
            Gather();
            Commit();
        }
    }

    private void Gather()
    {
        bool isSomebodyHere = Volatile.Read(ref _waitingCount) > 0;
        if (isSomebodyHere && !_isCalled && _rounds.AreMissing && _lastCommit > SlowCommit)
        {
            if (_gathersToSkip > 0)
            {
                _gathersToSkip--;
                return;
            }

            bool hasCome = _urgent.Wait(GatherTime);

            // Those who do not come are not waited for again at once: 2, 4, … 64 commits later.
            _gatherPause = hasCome ? 1 : Math.Min(_gatherPause * 2, GatherPauseMax);
            _gathersToSkip = hasCome ? 0 : _gatherPause;
        }
    }

    private void Commit()
    {
        long begunAt = Stopwatch.GetTimestamp();
        _isCalled = false;
        _begunCount = Volatile.Read(ref _waitingCount);
        _rounds.Begin(_begunCount);
        try
        {
            ulong before = _log.DurableSequence(_partition);
            ulong durable = _log.Commit(_partition);
            if (durable > before)
            {
                GroupSizes.Add((long)(durable - before));
            }

            _lastCommit = Stopwatch.GetElapsedTime(begunAt);
            Complete(durable);
            _durableAdvanced();
        }
        catch (Exception failure)
        {
            // Also what nobody foresaw, then with its stack: the process and the other partitions go on.
            Failed = true;
            _rounds.End(_number, _begunCount, 0);
            EngineLog.CommitFailed(
                _logger, _partition, failure.Message, failure is EventLogException ? null : failure);
            Refuse();
        }
    }

    private void Complete(ulong durable)
    {
        int count = 0;
        AnswerRun.Begin();
        while (_waiting.TryPeek(out var head) && head.Sequence <= durable)
        {
            _waiting.TryDequeue(out _);
            count++;
            RequestCompletion.ShareDone(head.Request);
        }

        Interlocked.Add(ref _waitingCount, -count);
        bool isRoundFull = _rounds.End(_number, _begunCount, count);
        AnswerRun.End();

        // What came in while the sync ran was signalled before it could be served: signal again.
        if (!_waiting.IsEmpty)
        {
            _appended.Set();
            _urgent.Set();
        }

        if (isRoundFull)
        {
            _rounds.CallAll();
        }
    }

    private void Refuse()
    {
        while (_waiting.TryDequeue(out var head))
        {
            Interlocked.Decrement(ref _waitingCount);
            _rounds.End(_number, 0, 1);
            head.Request.Status = EntryStatus.StorageFailed;
            RefuseEvents(head.Request);
            RequestCompletion.ShareDone(head.Request);
        }
    }

    // Applied, and perhaps in the log: whoever looks at an event's own status must not take it for durable.
    private void RefuseEvents(EngineRequest request)
    {
        for (int index = 0; index < request.EventCount; index++)
        {
            ref RequestEvent asked = ref request.Event(index);
            bool isDone = asked.Status is EntryStatus.Ok or EntryStatus.Duplicate or EntryStatus.Parked;
            if (asked.Partition == _partition && isDone)
            {
                asked.Status = EntryStatus.StorageFailed;
            }
        }
    }
}
