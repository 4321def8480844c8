namespace Ebb.Engine.Privacy;

/// <summary>
/// How reports about the population (flows, trends) are kept from telling of one user: noise by the Laplace mechanism
/// and a budget. Null in <see cref="EngineOptions"/>: figures as they are. Immutable.
/// </summary>
public sealed record PrivacyOptions
{
    /// <summary>ε of one release: of all flows, or of all trends. Above 0, at most 100.</summary>
    public required double Epsilon { get; init; }

    /// <summary>
    /// The bound for which ε holds: so much may one user add to a sum, in events (flows) or in weight (trends). Who
    /// adds k times as much has ε·k. Above 0. Default 20.
    /// </summary>
    public double Contribution { get; init; } = 20;

    /// <summary>A release is answered from for so long; it costs once. Default one day.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromDays(1);

    /// <summary>
    /// ε that may be spent within <see cref="BudgetPeriod"/>; then reports are refused. Default 30 releases.
    /// </summary>
    public double? Budget { get; init; }

    /// <summary>Default 30 days.</summary>
    public TimeSpan BudgetPeriod { get; init; } = TimeSpan.FromDays(30);

    internal double BudgetEpsilon => Budget ?? (30 * Epsilon);

    /// <exception cref="EngineStartException">It cannot be.</exception>
    internal void Check()
    {
        bool holds = Epsilon is > 0 and <= 100 && Contribution is > 0 and <= 1e9 && BudgetEpsilon >= Epsilon
            && Period > TimeSpan.Zero && BudgetPeriod >= Period;
        if (!holds)
        {
            throw new EngineStartException(
                "privacy cannot be: epsilon from above 0 to 100, a contribution above 0, a budget of at least one"
                + " epsilon, and a budget's period of at least a release's are wanted");
        }
    }
}
