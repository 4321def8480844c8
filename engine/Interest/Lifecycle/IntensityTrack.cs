namespace Ebb.Engine.Interest.Lifecycle;

/// <summary>
/// One interest's intensity i(t) = Σ_e w_e·2^(−(t−t_e)/h) while its events are added in log order, and the peaks that
/// it reached. i moves up at events alone and is held as of the latest time seen, as a record's sums are.
/// </summary>
internal struct IntensityTrack
{
    // The year 9999: a change further off is none.
    private const long TimeMsMax = 253_402_300_799_999;
    private const int StepCountMax = 64;

    private double _intensity;
    private bool _hasEvent;

    public long AsOfMs { get; private set; }

    /// <summary>The highest intensity after any event, 0 where it never was above.</summary>
    public double Peak { get; private set; }

    /// <summary>The same before the last event.</summary>
    public double PastPeak { get; private set; }

    public void Add(double weight, long timeMs, double halfLifeMs)
    {
        long asOfMs = _hasEvent ? Math.Max(AsOfMs, timeMs) : timeMs;
        _intensity = (_hasEvent ? At(asOfMs, halfLifeMs) : 0) + (weight * Math.Pow(2, -(asOfMs - timeMs) / halfLifeMs));
        _hasEvent = true;
        AsOfMs = asOfMs;
        PastPeak = Peak;
        Peak = Math.Max(Peak, _intensity);
    }

    /// <summary>i(t); a moment before the last event is taken for that event's.</summary>
    public readonly double At(long timeMs, double halfLifeMs) =>
        _intensity * Math.Pow(2, -Math.Max(0, timeMs - AsOfMs) / halfLifeMs);

    public readonly InterestPhase PhaseAt(long timeMs, PhaseRule rule)
    {
        double intensity = At(timeMs, rule.HalfLifeMs);
        if (intensity <= 0 || intensity < rule.ExpiredBelow * Peak)
        {
            return InterestPhase.Expired;
        }

        if (intensity < rule.PeakFrom * Peak)
        {
            return InterestPhase.Fading;
        }

        return intensity > PastPeak ? InterestPhase.Rising : InterestPhase.Peak;
    }

    /// <summary>
    /// The first whole millisecond after this one at which another phase begins if no event comes; long.MaxValue: none.
    /// In closed form: i falls to a level ℓ at t_last + h·log2(i(t_last)/ℓ); the rest is rounding.
    /// </summary>
    public readonly long NextChangeMs(long timeMs, PhaseRule rule)
    {
        InterestPhase phase = PhaseAt(timeMs, rule);
        double level = phase switch
        {
            InterestPhase.Rising => Math.Max(PastPeak, rule.PeakFrom * Peak),
            InterestPhase.Peak => rule.PeakFrom * Peak,
            InterestPhase.Fading => rule.ExpiredBelow * Peak,
            _ => 0,
        };
        double crossing = level > 0
            ? AsOfMs + (rule.HalfLifeMs * Math.Log2(_intensity / level))
            : double.PositiveInfinity;
        if (!(crossing < TimeMsMax))
        {
            return long.MaxValue;
        }

        long found = Math.Max(timeMs, (long)crossing) + 1;
        for (int step = 0; step < StepCountMax && found - 1 > timeMs && PhaseAt(found - 1, rule) != phase; step++)
        {
            found--;
        }

        for (int step = 0; step < StepCountMax && PhaseAt(found, rule) == phase; step++)
        {
            found++;
        }

        return found;
    }
}
