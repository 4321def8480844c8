using Ebb.Engine.Ranking.Drifting;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Diagnostics;

/// <summary>
/// The population's drift alarm: Page's CUSUM (E. S. Page, "Continuous inspection schemes", Biometrika 41, 1954) over
/// the means of blocks of δ, g ← max(0, g + (x − μ)/σ − κ), raised at g &gt; h. μ and σ are those of the first blocks;
/// after an alarm they are learned anew. Any thread, once a block. A model that is served then has learned from other
/// people than those who come: the log says so, and how it goes on.
/// </summary>
/// <param name="options">Already checked.</param>
/// <param name="logger">Of the engine.</param>
/// <param name="model">The name of the model in force; null: there is none.</param>
internal sealed class DriftMonitor(DriftAlarmOptions options, ILogger logger, Func<string?>? model = null)
{
    // Blocks that are all but equal: a deviation of rounding would make anything an alarm.
    private const double DeviationMin = 1e-9;

    private readonly Lock _lock = new();
    private long _learned;
    private double _mean;
    private double _squares;
    private double _sum;
    private bool _isActive;
    private long _raisedCount;

    public int BlockCount => options.BlockCount;

    public DriftAlarm State
    {
        get
        {
            lock (_lock)
            {
                return new DriftAlarm(_sum, options.Threshold, _raisedCount, _isActive);
            }
        }
    }

    /// <summary>The mean of a block.</summary>
    public void Add(double mean)
    {
        lock (_lock)
        {
            if (_learned < options.BaselineBlockCount)
            {
                Learn(mean);
                return;
            }

            double deviation = Math.Max(DeviationMin, Math.Sqrt(_squares / (_learned - 1)));
            _sum = Math.Max(0, _sum + ((mean - _mean) / deviation) - options.Slack);
            if (_sum > options.Threshold)
            {
                _raisedCount++;
                EngineLog.PopulationDrifts(logger, _mean, mean, _sum, options.Threshold);
                if (model?.Invoke() is { } name)
                {
                    EngineLog.ModelIsBehind(logger, name);
                }

                Restart();
                _isActive = true;
            }
        }
    }

    /// <summary>δ is measured otherwise from here on.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            Restart();
            _isActive = false;
        }
    }

    // Welford's recurrence.
    private void Learn(double mean)
    {
        _learned++;
        double step = mean - _mean;
        _mean += step / _learned;
        _squares += step * (mean - _mean);
        _isActive &= _learned < options.BaselineBlockCount;
    }

    private void Restart()
    {
        _learned = 0;
        _mean = 0;
        _squares = 0;
        _sum = 0;
    }
}
