namespace Ebb.Engine.Batching;

/// <summary>
/// Lets the commits of all partitions begin together. A client with one request under way asks this partition and then
/// that one: pumps that commit each in its own time see half of the clients each time, and sync twice as often. Counts
/// who waits for a commit that has not begun, over all partitions, and calls all pumps once as many have come as the
/// last commits left to come. Any thread.
/// </summary>
/// <param name="clock">Its timestamps alone.</param>
internal sealed class CommitRounds(TimeProvider clock)
{
    // A partition that nobody writes to any more says nothing about how many will come.
    private static readonly TimeSpan FreshTime = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private readonly List<(int Count, long At)> _seen = [];
    private volatile CommitPump[] _pumps = [];
    private int _gatheredCount;
    private int _waitingCount;
    private int _expectedCount = 1;

    /// <summary>False: as many wait as may be expected to come.</summary>
    public bool AreMissing => Volatile.Read(ref _gatheredCount) < Volatile.Read(ref _expectedCount);

    /// <summary>Before the pump calls anything else here; the number that it uses.</summary>
    public int Join(CommitPump pump)
    {
        lock (_lock)
        {
            // A new array: others may be at work while one joins.
            _pumps = [.. _pumps, pump];
            _seen.Add((0, 0));
            return _seen.Count - 1;
        }
    }

    /// <summary>One more waits; true: it was the last to come.</summary>
    public bool Come()
    {
        Interlocked.Increment(ref _waitingCount);
        return Interlocked.Increment(ref _gatheredCount) == Volatile.Read(ref _expectedCount);
    }

    /// <summary>A commit begins for so many.</summary>
    public void Begin(int count) => Interlocked.Add(ref _gatheredCount, -count);

    /// <summary>
    /// A commit that began for <paramref name="begun"/> has ended for <paramref name="ended"/>. True: those that came
    /// meanwhile are all that may be expected.
    /// </summary>
    public bool End(int number, int begun, int ended)
    {
        int gathered = Interlocked.Add(ref _gatheredCount, begun - ended);
        int seen = Interlocked.Add(ref _waitingCount, -ended) + ended;
        long now = clock.GetTimestamp();
        int expected = 1;
        lock (_lock)
        {
            _seen[number] = (seen, now);
            foreach ((int count, long at) in _seen)
            {
                expected = clock.GetElapsedTime(at, now) < FreshTime ? Math.Max(expected, count) : expected;
            }
        }

        Volatile.Write(ref _expectedCount, expected);
        return gathered >= expected;
    }

    /// <summary>Every pump that somebody waits for commits now.</summary>
    public void CallAll()
    {
        foreach (CommitPump pump in _pumps)
        {
            pump.Call();
        }
    }
}
