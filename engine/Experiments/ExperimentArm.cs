namespace Ebb.Engine.Experiments;

/// <summary>One arm: the policy that serves its users, and its part of all users, 0 to 1.</summary>
public sealed record ExperimentArm(string Policy, double Share)
{
    /// <summary>Where its users begin on the line from 0 to 1; null: after the arm before it.</summary>
    public double? From { get; init; }
}
