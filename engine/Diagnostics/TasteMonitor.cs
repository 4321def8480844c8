using Ebb.Engine.Ranking.Drifting;

namespace Ebb.Engine.Diagnostics;

/// <summary>
/// Both alarms of taste: the evidence from which a user's is one, learned from the population, and a Bernoulli CUSUM
/// (Reynolds and Stoumbos, Journal of Quality Technology 31, 1999) over which users are flagged newly. Any thread.
/// </summary>
/// <param name="options">Checked.</param>
/// <param name="raised">Told the usual share of flagged lists and the statistic, at an alarm of the population.</param>
public sealed class TasteMonitor(TasteAlarmOptions options, Action<double, double> raised)
{
    // Steps of half a nat from -16 to 112: more evidence than 128 events can give in most catalogues.
    private const int StepCount = 256;
    private const double StepsPerNat = 2;
    private const double Lowest = -16;

    /// <summary>Lists that the wanted share counts as much as, and the most that are remembered.</summary>
    private const double PriorCount = 500;
    private const double MemoryCount = 8000;

    private readonly Lock _lock = new();
    private readonly int[] _steps = new int[StepCount];
    private int _seenCount;
    private double _from = double.NaN;
    private bool _hasAlarmed;
    private double _listCount;
    private double _flagCount;
    private double _openListCount;
    private double _openFlagCount;
    private double _sum;
    private int _holdCount;
    private long _raisedCount;
    private long _userCount;

    public DriftAlarm State
    {
        get
        {
            lock (_lock)
            {
                return new DriftAlarm(_sum, options.Threshold, _raisedCount, _holdCount > 0);
            }
        }
    }

    /// <summary>Lists whose user's alarm held.</summary>
    public long UserAlarms => Volatile.Read(ref _userCount);

    /// <summary>Evidence from which a user's taste is an alarm; NaN while too few lists are known.</summary>
    public double AlarmFrom(double? given) => given ?? Volatile.Read(ref _from);

    /// <summary>The evidence of a list.</summary>
    /// <param name="evidence">NaN is none.</param>
    /// <param name="isFlagged">It is an alarm.</param>
    /// <param name="isNew">Without the newest act it would not be one: a change is counted once.</param>
    public void Add(double evidence, bool isFlagged, bool isNew)
    {
        if (double.IsNaN(evidence))
        {
            return;
        }

        double usual = double.NaN;
        double sum = 0;
        lock (_lock)
        {
            _userCount += isFlagged ? 1 : 0;
            if (!double.IsNaN(_from) && Step(isFlagged && isNew))
            {
                (usual, sum) = (Usual, _sum);
                Restart();
            }

            Learn(evidence);
        }

        if (!double.IsNaN(usual))
        {
            raised(usual, sum);
        }
    }

    /// <summary>The share of lists that are flagged newly where nothing happens.</summary>
    private double Usual => (_flagCount + (options.FalseShare * PriorCount)) / (_listCount + PriorCount);

    private bool Step(bool isFlagged)
    {
        double usual = Usual;
        double raisedShare = Math.Min(0.5, options.Ratio * usual);
        if (_holdCount > 0)
        {
            _holdCount--;
        }
        else if (raisedShare > usual)
        {
            _sum = Math.Max(
                0, _sum + Math.Log(isFlagged ? raisedShare / usual : (1 - raisedShare) / (1 - usual)));
        }

        // What may be the beginning of a change does not teach what is usual until the sum is back at nothing.
        _openListCount++;
        _openFlagCount += isFlagged ? 1 : 0;
        if (_sum == 0)
        {
            _listCount += _openListCount;
            _flagCount += _openFlagCount;
            (_openListCount, _openFlagCount) = (0, 0);
        }

        if (_listCount > MemoryCount)
        {
            _listCount /= 2;
            _flagCount /= 2;
        }

        return _sum > options.Threshold;
    }

    private void Restart()
    {
        _raisedCount++;
        _hasAlarmed = true;
        _holdCount = options.HoldCount;
        _sum = 0;
        _listCount = 0;
        _flagCount = 0;
        _openListCount = 0;
        _openFlagCount = 0;
    }

    /// <summary>
    /// The quantile of a stretch of lists, at least ln(1/share): what chance alone gives. One in which the population
    /// changed teaches nothing of what is usual.
    /// </summary>
    private void Learn(double evidence)
    {
        _steps[Math.Clamp((int)Math.Floor((evidence - Lowest) * StepsPerNat), 0, StepCount - 1)]++;
        if (++_seenCount < (double.IsNaN(_from) ? options.LearnCount : options.RelearnCount))
        {
            return;
        }

        if (!_hasAlarmed)
        {
            Volatile.Write(ref _from, Math.Max(-Math.Log(options.FalseShare), Quantile()));
        }

        Array.Clear(_steps);
        _seenCount = 0;
        _hasAlarmed = false;
    }

    /// <summary>The upper end of the step that holds the wanted share from above.</summary>
    private double Quantile()
    {
        int above = 0;
        int step = StepCount - 1;
        while (step > 0 && above + _steps[step] <= options.FalseShare * _seenCount)
        {
            above += _steps[step];
            step--;
        }

        return Lowest + ((step + 1) / StepsPerNat);
    }
}
