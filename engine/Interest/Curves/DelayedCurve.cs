namespace Ebb.Engine.Interest.Curves;

/// <summary>Another curve that begins to forget only after a while: inner((a − delay)₊).</summary>
public sealed record DelayedCurve(ForgettingCurve Inner, TimeSpan Delay) : ForgettingCurve
{
    private double DelayMs => Delay.TotalMilliseconds;

    public override string? Problem =>
        Delay >= TimeSpan.Zero ? Inner.Problem : $"offset is a time, not {DurationText.Format(Delay)}";

    public override double Limit => Inner.Limit;

    public override IReadOnlyList<double> BreakAgesMs =>
        [DelayMs, .. Inner.BreakAgesMs.Select(ageMs => ageMs + DelayMs)];

    public override double MiddleAgeMs => DelayMs + Inner.MiddleAgeMs;

    public override double SettledAgeMs => DelayMs + Inner.SettledAgeMs;

    public override double At(double ageMs) => Inner.At(Math.Max(0, ageMs - DelayMs));
}
