namespace Ebb.Engine.Interest.Curves;

/// <summary>exp(−(a/σ)²/2).</summary>
public sealed record GaussianCurve(TimeSpan Sigma) : ForgettingCurve
{
    public override string? Problem => CheckTime("sigma", Sigma);

    public override double MiddleAgeMs => 1.1774 * Sigma.TotalMilliseconds;

    public override double SettledAgeMs => 6 * Sigma.TotalMilliseconds;

    public override double At(double ageMs)
    {
        double sigmas = ageMs / Sigma.TotalMilliseconds;
        return Math.Exp(-sigmas * sigmas / 2);
    }
}
