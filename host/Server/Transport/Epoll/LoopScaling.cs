namespace Ebb.Server.Transport.Epoll;

/// <summary>
/// How many loops serve, found out by trying. With more runnable threads than processors a loop waits for its slice of
/// the scheduler, some milliseconds, with all its sockets; with fewer than there is work for, sockets wait for their
/// loop; which it is depends on clients that share the machine, so nothing but the bytes that come through can tell.
/// While loop 0 is busy the present count and a neighbouring one serve in turn, window by window, and the other is
/// taken if clearly more bytes came under it: a hill climb. Where as many come under both, as with an open load that
/// either can serve, more loops are better: a request then waits for fewer others. Trials that change nothing become
/// rare, until the load changes. Not thread-safe.
/// </summary>
/// <param name="countMax">Loops there are; the counts tried are powers of two below, and this one, the first.</param>
internal sealed class LoopScaling(int countMax)
{
    /// <summary>
    /// What one count is watched for at a time: some rounds of the scheduler, and far longer than a change takes.
    /// </summary>
    public static readonly TimeSpan Window = TimeSpan.FromMilliseconds(25);

    /// <summary>Between trials, at least: requests wait longer under one of the two counts of a trial.</summary>
    public static readonly TimeSpan RestMin = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan RestMax = TimeSpan.FromSeconds(30);

    /// <summary>Windows of a trial: present, other, other, present, … so that a drift of the load falls on
    /// both.</summary>
    public const int WindowCount = 16;

    // Below, it makes no difference to anybody how many there are.
    private const double BusyMin = 0.25;

    // Poisson arrivals of 100,000 a second differ by 1 % from one half of a trial to the other.
    private const double GainMin = 0.05;

    // More loops that bring this much less are as good: what the same arrivals differ by.
    private const double TieLossMax = 0.03;

    private const int RestGrowth = 4;

    // Bytes a second that have changed by this factor are another load.
    private const double LoadChange = 2;

    private readonly int[] _ladder = [.. Ladder(countMax)];
    private readonly double[] _bytes = new double[2];
    private readonly TimeSpan[] _times = new TimeSpan[2];
    private int _settled = Ladder(countMax).Count() - 1;
    private int _other;
    private int _direction = -1;
    private int _window = -1;
    private TimeSpan _rest = RestMin;
    private TimeSpan _restLeft = RestMin;
    private double _settledRate;
    private (TimeSpan At, long Bytes, TimeSpan Busy) _mark;

    /// <summary>How many loops shall serve from now on. Asked some times a window, in the order of time.</summary>
    /// <param name="now">Any clock that does not go back.</param>
    /// <param name="bytes">Received by all loops, ever.</param>
    /// <param name="busy">For how long loop 0 was not waiting, ever.</param>
    public int Next(TimeSpan now, long bytes, TimeSpan busy)
    {
        TimeSpan passed = now - _mark.At;
        if (_window < 0 && passed >= RestMin)
        {
            Rest(passed, bytes - _mark.Bytes, busy - _mark.Busy);
            _mark = (now, bytes, busy);
        }
        else if (_window >= 0 && passed >= Window)
        {
            _bytes[IsOther(_window) ? 1 : 0] += bytes - _mark.Bytes;
            _times[IsOther(_window) ? 1 : 0] += passed;
            _mark = (now, bytes, busy);
            _window++;
            if (_window == WindowCount)
            {
                Judge();
            }
        }

        return _ladder[_window >= 0 && IsOther(_window) ? _other : _settled];
    }

    private static IEnumerable<int> Ladder(int countMax)
    {
        for (int count = 1; count < countMax; count *= 2)
        {
            yield return count;
        }

        yield return countMax;
    }

    private static bool IsOther(int window) => ((window + 1) / 2) % 2 == 1;

    private void Rest(TimeSpan passed, long bytes, TimeSpan busy)
    {
        double rate = bytes / passed.TotalSeconds;
        if (rate > LoadChange * _settledRate || rate * LoadChange < _settledRate)
        {
            // What was found out was of another load.
            (_settledRate, _rest, _restLeft) = (rate, RestMin, TimeSpan.Zero);
        }

        _restLeft -= passed;
        if (_ladder.Length > 1 && _restLeft <= TimeSpan.Zero && busy >= BusyMin * passed)
        {
            _direction = _settled + _direction is var at && at >= 0 && at < _ladder.Length ? _direction : -_direction;
            _other = _settled + _direction;
            _window = 0;
            Array.Clear(_bytes);
            Array.Clear(_times);
        }
    }

    private void Judge()
    {
        double settled = _bytes[0] / _times[0].TotalSeconds;
        double other = _bytes[1] / _times[1].TotalSeconds;
        if (other > settled * (1 + GainMin))
        {
            (_settled, _settledRate, _rest) = (_other, other, RestMin);
        }
        else if (_other > _settled && other >= settled * (1 - TieLossMax))
        {
            (_settled, _settledRate) = (_other, other);
        }
        else
        {
            _settledRate = settled;
            _direction = -_direction;
            _rest = _rest * RestGrowth < RestMax ? _rest * RestGrowth : RestMax;
        }

        _restLeft = _rest;
        _window = -1;
    }
}
