namespace Ebb.Engine.Experiments.Shadows;

/// <summary>
/// A policy that answers nobody: for a sample of users its lists are made too, beside those that are served, and
/// compared.
/// </summary>
public sealed record Shadow(string Policy)
{
    public const int CountMax = 4;

    /// <summary>Part of all users, 0 to 1; the same users as long as the policy has its name.</summary>
    public double Sample { get; init; } = 0.01;
}
