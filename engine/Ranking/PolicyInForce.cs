using Ebb.Kernels.Decay;

namespace Ebb.Engine.Ranking;

/// <summary>
/// A policy checked against the bank it reads, with what is derived from it. Immutable; compared by identity.
/// </summary>
internal sealed class PolicyInForce
{
    public PolicyInForce(ServingPolicy policy, BankShape bank)
    {
        Validate(policy, bank);
        Policy = policy;
        Coefficients = policy.CurveCoefficients.Count == 0
            ? Enumerable.Repeat(1.0, bank.HalfLifeCount).ToArray()
            : [.. policy.CurveCoefficients];
        Blends = !policy.Sources.IsVectorAlone;
        TimeAloneMovesRanking = bank.HalfLifeCount > 1 || bank.DimensionRates.Length != 0;
    }

    public ServingPolicy Policy { get; }

    /// <summary>c_m, one a half-life.</summary>
    public double[] Coefficients { get; }

    /// <summary>A source beside the vector has a weight.</summary>
    public bool Blends { get; }

    /// <summary>False for one exponential without rates: its ranking changes only with events (DESIGN.md §2).</summary>
    public bool TimeAloneMovesRanking { get; }

    private static void Validate(ServingPolicy policy, BankShape bank)
    {
        if (policy.CurveCoefficients.Count != 0 && policy.CurveCoefficients.Count != bank.HalfLifeCount)
        {
            throw new ArgumentException(
                $"the policy has {policy.CurveCoefficients.Count} curve coefficients,"
                + $" the bank {bank.HalfLifeCount} half-lives");
        }

        if (!(policy.KeepBelow <= policy.ShiftFrom))
        {
            throw new ArgumentException($"KeepBelow {policy.KeepBelow} lies above ShiftFrom {policy.ShiftFrom}");
        }

        if (policy.DiversityLambda is not (>= 0 and <= 1))
        {
            throw new ArgumentException($"DiversityLambda {policy.DiversityLambda} is not between 0 and 1");
        }

        if (policy.CandidateFactor is < 1 or > 64)
        {
            throw new ArgumentException($"CandidateFactor {policy.CandidateFactor} is not between 1 and 64");
        }

        if (policy.Sources.Problem() is { } problem)
        {
            throw new ArgumentException(problem);
        }
    }
}
