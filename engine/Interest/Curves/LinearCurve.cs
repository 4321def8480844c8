namespace Ebb.Engine.Interest.Curves;

/// <summary>(1 − a/H)₊.</summary>
public sealed record LinearCurve(TimeSpan Horizon) : ForgettingCurve
{
    public override string? Problem => CheckTime("horizon", Horizon);

    public override IReadOnlyList<double> BreakAgesMs => [Horizon.TotalMilliseconds];

    public override double MiddleAgeMs => Horizon.TotalMilliseconds / 2;

    public override double SettledAgeMs => 1.5 * Horizon.TotalMilliseconds;

    public override double At(double ageMs) => Math.Max(0, 1 - (ageMs / Horizon.TotalMilliseconds));
}
