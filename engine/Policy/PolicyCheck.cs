using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Curves;
using Ebb.Engine.Ranking;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Policy;

/// <summary>What putting a policy in force would find.</summary>
/// <param name="Name">The policy's.</param>
/// <param name="UserShare">Its part of all users, 0 to 1.</param>
/// <param name="Fit">How its curve fits the bank; null without a curve.</param>
public sealed record PolicyCheck(string Name, double UserShare, CurveFit? Fit)
{
    /// <summary>All policies of a set, without putting them in force.</summary>
    /// <param name="policies">The set.</param>
    /// <param name="schema">The memory schema that they would meet.</param>
    /// <param name="dimension">D, or 0 where it is not known: attention weights are then not counted.</param>
    /// <exception cref="DocumentException">One of them cannot be: the place in the document and the remedy.</exception>
    /// <exception cref="ArgumentException">The schema has rates, and not one a dimension.</exception>
    public static IReadOnlyList<PolicyCheck> Run(PolicySet policies, MemorySchema schema, int dimension)
    {
        int given = schema.DimensionRates.Count != 0
            ? schema.DimensionRates.Count
            : Math.Max(1, policies.Policies.Max(share => DimensionOf(share.Policy)));
        BankShape bank = schema.ShapeFor(dimension != 0 ? dimension : given);
        foreach (PolicyShare share in policies.Policies)
        {
            PolicySizes.Check(share.Policy, bank, share.Path);
            CheckCurve(share.Policy, bank, $"{share.Path}.curve");
        }

        PolicySplit split = Split(policies, bank);
        double total = policies.Policies.Sum(share => share.Share);
        return
        [
            .. policies.Policies.Select((share, index) =>
                new PolicyCheck(share.Name, share.Share / total, split.Policies[index].Fit)),
        ];
    }

    private static void CheckCurve(ServingPolicy policy, BankShape bank, string path)
    {
        try
        {
            _ = policy.Curve is null
                ? null
                : CurveInForce.Resolve(policy.Curve, bank.HalfLivesMs, policy.CurveTolerance);
        }
        catch (ArgumentException problem)
        {
            throw new DocumentException(path, problem.Message);
        }
    }

    private static PolicySplit Split(PolicySet policies, BankShape bank)
    {
        try
        {
            return new PolicySplit(policies, bank);
        }
        catch (ArgumentException problem)
        {
            throw new DocumentException("$", problem.Message);
        }
    }

    /// <summary>As far as the policy itself tells: attention of a projected drift counts its rows instead.</summary>
    private static int DimensionOf(ServingPolicy policy) => new[]
    {
        policy.Attention.Count,
        policy.Projection is null ? policy.Drift.Attention.Length : 0,
        policy.Projection?.Components ?? 0,
        policy.Projection is { Rows.Count: > 0 } given ? given.Rows[0].Count : 0,
    }.Max();
}
