namespace Ebb.Engine.Interest.Lifecycle;

/// <summary>How the phases of one kind of subject are told apart, and what they do to a score. Immutable.</summary>
public sealed record PhaseRule
{
    /// <summary>Largest boost or reduction, in standard deviations of a score.</summary>
    public const double BiasMax = 100;

    /// <summary>h of the intensity Σ w·2^(−age/h).</summary>
    public TimeSpan HalfLife { get; init; } = TimeSpan.FromDays(7);

    /// <summary>From this share of the past peak on an interest is at its peak or rises; below, it fades.</summary>
    public double PeakFrom { get; init; } = 0.7;

    /// <summary>Under this share of the past peak an interest has expired; 0: never by time alone.</summary>
    public double ExpiredBelow { get; init; } = 0.1;

    /// <summary>Added to a score while rising or at the peak, in standard deviations.</summary>
    public double Boost { get; init; }

    /// <summary>Taken from a score while fading, and of the expired that are not stopped.</summary>
    public double Reduce { get; init; }

    /// <summary>The expired are left out of lists.</summary>
    public bool Stop { get; init; }

    /// <summary>Lists depend on it, it is not only shown.</summary>
    public bool HasEffect => Boost != 0 || Reduce != 0 || Stop;

    internal double HalfLifeMs => MemorySchema.HalfLifeMs(HalfLife);

    /// <summary>What a phase adds to a score.</summary>
    public double BiasOf(InterestPhase phase) => phase is InterestPhase.Rising or InterestPhase.Peak ? Boost : -Reduce;

    public bool Stops(InterestPhase phase) => Stop && phase == InterestPhase.Expired;

    /// <summary>What keeps the rule from being served; null for nothing.</summary>
    internal string? Problem()
    {
        if (!(HalfLifeMs >= 1))
        {
            return "the half-life is under a millisecond";
        }

        if (PeakFrom is not (> 0 and <= 1) || !(ExpiredBelow >= 0 && ExpiredBelow < PeakFrom))
        {
            return $"expired_below {ExpiredBelow} and peak_from {PeakFrom} are not in order: 0 <= expired_below"
                + " < peak_from <= 1";
        }

        return Boost is >= 0 and <= BiasMax && Reduce is >= 0 and <= BiasMax
            ? null
            : $"boost and reduce are numbers from 0 to {BiasMax}";
    }
}
