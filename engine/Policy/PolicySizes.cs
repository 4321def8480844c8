using Ebb.Engine.Ranking;
using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;

namespace Ebb.Engine.Policy;

/// <summary>
/// The lists of a policy that must be as long as the bank it meets has half-lives or dimensions: what a document alone
/// cannot tell.
/// </summary>
internal static class PolicySizes
{
    /// <param name="policy">Read from a document.</param>
    /// <param name="bank">What it meets.</param>
    /// <param name="path">Of the policy in its document.</param>
    /// <exception cref="DocumentException">A list has another length: its place, and what it should be.</exception>
    public static void Check(ServingPolicy policy, BankShape bank, string path)
    {
        Require(
            policy.CurveCoefficients.Count, bank.HalfLifeCount, "half-life of the memory schema",
            $"{path}.coefficients");
        Require(policy.Attention.Count, bank.Dimension, "dimension", $"{path}.attention");
        if (policy.Projection?.Problem(bank.Dimension) is { } problem)
        {
            throw new DocumentException($"{path}.drift.projection", problem);
        }

        if (policy.Drift.Distance is DriftDistance.Attention or DriftDistance.AttentionSquared)
        {
            Require(
                policy.Drift.Attention.Length, policy.Projection?.RowCount ?? bank.Dimension,
                policy.Projection is null ? "dimension" : "row of the projection", $"{path}.drift.attention");
        }
    }

    private static void Require(int count, int wanted, string each, string path)
    {
        if (count != 0 && count != wanted)
        {
            throw new DocumentException(path, $"one number a {each} is wanted, {wanted} of them, not {count}");
        }
    }
}
