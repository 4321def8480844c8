namespace Ebb.Engine.Interest.Lifecycle.Watching;

/// <summary>
/// Brings watches to their partitions when a phase is due to change: one wheel and one timer for all of them, and no
/// timer at all while nobody watches. Any thread.
/// </summary>
internal sealed class PhaseClock : IDisposable
{
    private const int TickMs = 100;
    private const int SlotCount = 4096;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(TickMs);

    private readonly TimeProvider _clock;
    private readonly Action<PhaseWatch> _onDue;
    private readonly TimingWheel _wheel;
    private readonly ITimer _timer;
    private readonly Lock _ticking = new();
    private readonly List<PhaseWatch> _due = [];

    public PhaseClock(TimeProvider clock, Action<PhaseWatch> onDue)
    {
        _clock = clock;
        _onDue = onDue;
        _wheel = new TimingWheel(TickMs, SlotCount, NowMs);
        _timer = clock.CreateTimer(_ => OnTick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public int Count => _wheel.Count;

    private long NowMs => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    public void Schedule(PhaseWatch watch, long dueMs)
    {
        if (_wheel.Schedule(watch, dueMs))
        {
            _timer.Change(Tick, Tick);
        }
    }

    public void Cancel(PhaseWatch watch) => _wheel.Cancel(watch);

    public void Dispose() => _timer.Dispose();

    private void OnTick()
    {
        lock (_ticking)
        {
            _due.Clear();
            _wheel.Advance(NowMs, _due);
            foreach (PhaseWatch watch in _due)
            {
                _onDue(watch);
            }

            if (_wheel.Count == 0)
            {
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

                // One that came between the count and the stop found a wheel that it believed to be running.
                if (_wheel.Count > 0)
                {
                    _timer.Change(Tick, Tick);
                }
            }
        }
    }
}
