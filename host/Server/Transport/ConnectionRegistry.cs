using System.Collections.Concurrent;

namespace Ebb.Server.Transport;

/// <summary>
/// The connections there are, and the two things done for all of them: time limits once a second, and durable marks
/// after commits. Engine threads only set a signal here. Also remembers how far sessions were durable, ended or not, so
/// that one that comes back need not send again what is safe.
/// </summary>
internal sealed class ConnectionRegistry(IEngineDoor engine, EbbServerOptions options) : IAsyncDisposable
{
    private const int SessionMarkCountMax = 65_536;

    // A notice is for the idle; replies carry the mark sooner. Bounds what 10,000 idle connections cost per commit.
    private static readonly TimeSpan NoticePause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<EbbConnection, bool> _connections = new();
    private readonly ConcurrentDictionary<ulong, DurableTracker> _liveSessions = new();
    private readonly ConcurrentDictionary<ulong, ulong> _sessionMarks = new();
    private readonly AutoResetSignal _durableAdvanced = new();
    private ITimer? _sweep;
    private Task _notices = Task.CompletedTask;
    private int _count;
    private int _openSessionCount;
    private volatile bool _isStopping;
    private volatile bool _isDisposed;

    public BufferBudget Buffers { get; } = new(options.BufferedBytesMax);

    public int Count => Volatile.Read(ref _count);

    public bool IsStopping => _isStopping;

    public void Start()
    {
        engine.DurableAdvanced += OnDurableAdvanced;
        if (options.Access is { } access)
        {
            access.Changed += OnAccessChanged;
        }

        _sweep = options.Clock.CreateTimer(_ => Sweep(), null, SweepPeriod, SweepPeriod);
        _notices = NotifyDurableAsync();
    }

    /// <summary>False when there are too many already.</summary>
    public bool TryAdd(EbbConnection connection)
    {
        if (Interlocked.Increment(ref _count) > options.ConnectionCountMax)
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        _connections[connection] = true;
        if (_isStopping)
        {
            connection.RequestClose(ConnectionCloseReason.ServerStopping);
        }

        return true;
    }

    public void Remove(EbbConnection connection)
    {
        if (_connections.TryRemove(connection, out _))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    /// <summary>A tracker that starts from what is known of the session, also from a connection still open.</summary>
    public DurableTracker OpenSession(ulong session)
    {
        // Live before kept: a connection that closes in between has kept its mark before it left.
        ulong live = _liveSessions.TryGetValue(session, out var tracker) ? tracker.Mark : 0;
        var opened = new DurableTracker(Math.Max(live, _sessionMarks.GetValueOrDefault(session)));
        _liveSessions[session] = opened;
        Interlocked.Increment(ref _openSessionCount);
        return opened;
    }

    public void CloseSession(ulong session, DurableTracker tracker)
    {
        tracker.TryAdvance(engine);
        if (tracker.Mark > 0)
        {
            KeepSessionMark(session, tracker.Mark);
        }

        _liveSessions.TryRemove(KeyValuePair.Create(session, tracker));
        Interlocked.Decrement(ref _openSessionCount);
    }

    public void RequestCloseAll()
    {
        _isStopping = true;
        foreach (var (connection, _) in _connections)
        {
            connection.RequestClose(ConnectionCloseReason.ServerStopping);
        }
    }

    public int SumInFlight() => _connections.Sum(pair => pair.Key.InFlight);

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        engine.DurableAdvanced -= OnDurableAdvanced;
        if (options.Access is { } access)
        {
            access.Changed -= OnAccessChanged;
        }

        _durableAdvanced.Set();
        await _notices;
        if (_sweep is not null)
        {
            await _sweep.DisposeAsync();
        }
    }

    private void OnDurableAdvanced()
    {
        // Marks are for sessions: without one, nothing is woken a thousand times a second.
        if (Volatile.Read(ref _openSessionCount) > 0)
        {
            _durableAdvanced.Set();
        }
    }

    private void Sweep()
    {
        foreach (var (connection, _) in _connections)
        {
            connection.CheckTimeLimits();
        }

        if (Buffers.IsFull && _connections.Keys.MaxBy(one => one.Output.CountedBytes) is { } greediest)
        {
            // Whoever holds most goes, one a second: the others are refused until there is room.
            greediest.Abort(ConnectionCloseReason.BuffersFull);
        }
    }

    // Whoever was let in by a line that is there no longer, or says something else now.
    private void OnAccessChanged()
    {
        foreach (var (connection, _) in _connections)
        {
            if (connection.Identity is { } identity && options.Access?.Holds(identity) is false)
            {
                connection.RequestClose(ConnectionCloseReason.AccessWithdrawn);
            }
        }
    }

    private async Task NotifyDurableAsync()
    {
        while (true)
        {
            await _durableAdvanced.WaitAsync();
            if (_isDisposed)
            {
                return;
            }

            foreach (var (connection, _) in _connections)
            {
                connection.NotifyDurable();
            }

            await Task.Delay(NoticePause);
        }
    }

    private void KeepSessionMark(ulong session, ulong mark)
    {
        // Forgetting is safe: an unknown session sends everything again and is told Duplicate.
        if (_sessionMarks.Count >= SessionMarkCountMax)
        {
            _sessionMarks.Clear();
        }

        _sessionMarks.AddOrUpdate(session, mark, (_, known) => Math.Max(known, mark));
    }
}
