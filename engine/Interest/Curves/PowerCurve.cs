namespace Ebb.Engine.Interest.Curves;

/// <summary>(1 + a/τ)^−α: fast at first, and never quite gone.</summary>
public sealed record PowerCurve(TimeSpan Tau, double Alpha) : ForgettingCurve
{
    // A heavier tail is followed this far, in τ; beyond it the fit's error is still counted.
    private const double SettledMax = 1e5;

    public override string? Problem =>
        CheckTime("tau", Tau)
        ?? (Alpha > 0 && double.IsFinite(Alpha) ? null : $"alpha is finite and above zero, not {Alpha}");

    public override double MiddleAgeMs => Tau.TotalMilliseconds * (Math.Pow(2, 1 / Math.Max(Alpha, 0.1)) - 1);

    public override double SettledAgeMs => Tau.TotalMilliseconds * Math.Min(Math.Pow(1000, 1 / Alpha), SettledMax);

    public override double At(double ageMs) => Math.Pow(1 + (ageMs / Tau.TotalMilliseconds), -Alpha);
}
