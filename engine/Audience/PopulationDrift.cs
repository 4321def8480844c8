namespace Ebb.Engine.Audience;

/// <summary>
/// How far all users who have a list have drifted from it, at one moment: whether they came back or not, where the
/// counters of DRIFT know only those who did. Quantiles are the upper ends of those counters' steps; NaN for nobody.
/// </summary>
public sealed record PopulationDrift(long UserCount, double Mean)
{
    public double P50 { get; init; } = double.NaN;

    public double P99 { get; init; } = double.NaN;
}
