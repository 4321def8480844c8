namespace Ebb.Engine.Interest.Curves;

/// <summary>
/// What remains of an event as it ages, as a function of age alone. Ages are ≥ 0, in milliseconds. Immutable and pure.
/// With per-dimension rates a dimension sees age/ρ_d.
/// </summary>
public abstract record ForgettingCurve
{
    /// <summary>Why this cannot be a curve, in words for whoever wrote it; null when it can.</summary>
    public abstract string? Problem { get; }

    /// <summary>What the curve tends to at infinite age.</summary>
    public virtual double Limit => 0;

    /// <summary>Where it is not smooth: a fit's error may peak there.</summary>
    public virtual IReadOnlyList<double> BreakAgesMs => [];

    /// <summary>The age at which it has lost about half: the middle of the half-lives that suit it.</summary>
    public abstract double MiddleAgeMs { get; }

    /// <summary>From this age on the curve does not rise, and a fit need not follow its shape.</summary>
    public abstract double SettledAgeMs { get; }

    public abstract double At(double ageMs);

    private protected static string? CheckTime(string name, TimeSpan time) =>
        time > TimeSpan.Zero ? null : $"{name} is a time above zero, not {DurationText.Format(time)}";
}
