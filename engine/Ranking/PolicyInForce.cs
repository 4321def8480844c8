using Ebb.Engine.Interest.Curves;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;

namespace Ebb.Engine.Ranking;

/// <summary>
/// A policy checked against the bank it reads, with what is derived from it. Immutable but for the projection, which
/// follows the catalogue; compared by identity.
/// </summary>
internal sealed class PolicyInForce
{
    /// <summary>Most of a list that a re-ranker is given.</summary>
    public const int ReRankCountMax = 1024;

    private Projection? _projection;

    /// <exception cref="ArgumentException">It cannot be, or its curve does not fit this bank.</exception>
    public PolicyInForce(ServingPolicy policy, BankShape bank)
    {
        Validate(policy, bank);
        Policy = policy;
        Fit = policy.Curve is null
            ? null
            : CurveInForce.Resolve(policy.Curve, bank.HalfLivesMs, policy.CurveTolerance);
        Coefficients = Fit is null ? Given(policy, bank) : [.. Fit.Coefficients];
        _projection = policy.Projection is { Rows.Count: > 0 } given ? new Projection(given.Rows) : null;
        Attention = [.. policy.Attention];
        Blends = !policy.Sources.IsVectorAlone || policy.Lifecycle.HasEffect
            || policy.Migration.HasEffect;
        foreach (byte type in policy.HideTypes)
        {
            HiddenTypes |= 1UL << type;
        }

        TimeAloneMovesRanking = bank.HalfLifeCount > 1 || bank.DimensionRates.Length != 0;
    }

    public ServingPolicy Policy { get; }

    /// <summary>How the policy's curve was fitted to the bank; null without a curve.</summary>
    public CurveFit? Fit { get; }

    /// <summary>Of the drift; null for none, or while there is no catalogue to take components from.</summary>
    public Projection? Projection
    {
        get => Volatile.Read(ref _projection);
        set => Volatile.Write(ref _projection, value);
    }

    /// <summary>The policy's distance; while weights wait for their projection, the one without weights.</summary>
    public DriftMeasure Drift => Policy.Projection is not null && Projection is null && IsWeighted(Policy.Drift)
        ? new DriftMeasure(DriftDistance.Euclidean, Policy.Drift.Raw)
        : Policy.Drift;

    /// <summary>c_m, one a half-life.</summary>
    public double[] Coefficients { get; }

    /// <summary>a_d of the score; empty for the plain dot product.</summary>
    public float[] Attention { get; }

    /// <summary>A source beside the vector has a weight, or phases or the likely next category move scores.</summary>
    public bool Blends { get; }

    /// <summary>One bit an event type whose items the user is not shown again.</summary>
    public ulong HiddenTypes { get; }

    /// <summary>False for one exponential without rates: its ranking changes only with events (DESIGN.md §2).</summary>
    public bool TimeAloneMovesRanking { get; }

    private static double[] Given(ServingPolicy policy, BankShape bank) => policy.CurveCoefficients.Count == 0
        ? Enumerable.Repeat(1.0, bank.HalfLifeCount).ToArray()
        : [.. policy.CurveCoefficients];

    private static void Validate(ServingPolicy policy, BankShape bank)
    {
        ValidateCurve(policy, bank);
        ValidateDrift(policy, bank);
        ValidateRanking(policy, bank);
        ValidateColdStart(policy);
        if ((policy.Sources.Problem() ?? policy.Lifecycle.Problem() ?? policy.Projection?.Problem(bank.Dimension)
            ?? policy.Calibration?.Problem() ?? policy.Migration.Problem())
            is { } problem)
        {
            throw new ArgumentException(problem);
        }
    }

    private static void ValidateColdStart(ServingPolicy policy)
    {
        if (policy.HideTypes.Any(type => type > 63))
        {
            throw new ArgumentException("a hidden event type is not between 0 and 63");
        }

        if (policy.ExploreSlots is < 0 or > RecommendQuery.CountMax || policy.ExploreAge < TimeSpan.Zero)
        {
            throw new ArgumentException(
                $"{policy.ExploreSlots} places for new items, or their age {policy.ExploreAge}, cannot be");
        }
    }

    private static void ValidateCurve(ServingPolicy policy, BankShape bank)
    {
        if (policy.CurveCoefficients.Count != 0 && policy.CurveCoefficients.Count != bank.HalfLifeCount)
        {
            throw new ArgumentException(
                $"the policy has {policy.CurveCoefficients.Count} curve coefficients,"
                + $" the bank {bank.HalfLifeCount} half-lives");
        }

        if (policy.Curve is not null && policy.CurveCoefficients.Count != 0)
        {
            throw new ArgumentException("the policy has a curve and curve coefficients: leave one of them out");
        }

        if (policy.CurveCoefficients.Count != 0 && policy.CurveCoefficients.All(coefficient => coefficient == 0))
        {
            throw new ArgumentException("the curve coefficients are all 0: nothing would be left of any event");
        }

        if (!policy.CurveCoefficients.All(double.IsFinite) || !(policy.CurveTolerance > 0))
        {
            throw new ArgumentException("curve coefficients are finite numbers, and the curve tolerance is above 0");
        }
    }

    private static void ValidateDrift(ServingPolicy policy, BankShape bank)
    {
        if (!(policy.KeepBelow <= policy.ShiftFrom))
        {
            throw new ArgumentException($"KeepBelow {policy.KeepBelow} lies above ShiftFrom {policy.ShiftFrom}");
        }

        int driftDimension = policy.Projection?.RowCount ?? bank.Dimension;
        if (IsWeighted(policy.Drift) && policy.Drift.Attention.Length != driftDimension)
        {
            throw new ArgumentException(
                $"the drift has {policy.Drift.Attention.Length} attention weights,"
                + $" the vectors {driftDimension} dimensions");
        }

        if (policy.GainAtShift is not (null or (>= 1 / ServingPolicy.GainMax and <= ServingPolicy.GainMax)))
        {
            throw new ArgumentException(
                $"GainAtShift {policy.GainAtShift} is not between {1 / ServingPolicy.GainMax}"
                + $" and {ServingPolicy.GainMax}");
        }

        if (policy.DriftAlarmFrom is not (null or >= 0))
        {
            throw new ArgumentException($"DriftAlarmFrom {policy.DriftAlarmFrom} is not 0 or above");
        }

        if (policy.TasteAlarmFrom is not (null or >= 0))
        {
            throw new ArgumentException($"TasteAlarmFrom {policy.TasteAlarmFrom} is not 0 or above");
        }
    }

    private static void ValidateRanking(ServingPolicy policy, BankShape bank)
    {
        if (policy.Attention.Count != 0 && policy.Attention.Count != bank.Dimension)
        {
            throw new ArgumentException(
                $"the score has {policy.Attention.Count} attention weights, the vectors {bank.Dimension} dimensions");
        }

        if (policy.Attention.Any(weight => weight is not (>= 0 and <= ServingPolicy.AttentionMax))
            || (policy.Attention.Count != 0 && policy.Attention.All(weight => weight == 0)))
        {
            throw new ArgumentException(
                $"attention weights are numbers from 0 to {ServingPolicy.AttentionMax}, not all 0");
        }

        if (policy.DiversityLambda is not (>= 0 and <= 1))
        {
            throw new ArgumentException($"DiversityLambda {policy.DiversityLambda} is not between 0 and 1");
        }

        if (policy.CandidateFactor is < 1 or > 64)
        {
            throw new ArgumentException($"CandidateFactor {policy.CandidateFactor} is not between 1 and 64");
        }

        if (policy.CategoryCap is < 0 or > RecommendQuery.CountMax || policy.ReRankCount is < 0 or > ReRankCountMax)
        {
            throw new ArgumentException(
                $"CategoryCap is 0 to {RecommendQuery.CountMax}, ReRankCount 0 to {ReRankCountMax}");
        }
    }

    private static bool IsWeighted(DriftMeasure measure) =>
        measure.Distance is DriftDistance.Attention or DriftDistance.AttentionSquared;
}
