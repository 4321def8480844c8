using Ebb.Engine.Experiments;
using Ebb.Engine.Experiments.Shadows;
using Ebb.Engine.Experiments.Tuning;
using Ebb.Engine.Ranking;

namespace Ebb.Engine.Policy;

/// <summary>
/// The policies that serve side by side. A user's comes from a hash of salt and user, so it stays the same for as long
/// as shares, order and salt do, on every machine and after every restart. Immutable; swapped whole.
/// </summary>
public sealed record PolicySet
{
    public const int CountMax = 64;
    public const int NameCharsMax = 64;

    public PolicySet(IReadOnlyList<PolicyShare> policies)
    {
        Policies = policies;
    }

    /// <summary>1 to 64, with different names.</summary>
    public IReadOnlyList<PolicyShare> Policies { get; init; }

    /// <summary>Another salt draws the users anew: for an experiment that must not inherit the last split.</summary>
    public string Salt { get; init; } = "";

    /// <summary>Their arms serve the users that they name; everybody else is served by the shares.</summary>
    public IReadOnlyList<Experiment> Experiments { get; init; } = [];

    /// <summary>Policies that answer nobody, and are compared with what is served.</summary>
    public IReadOnlyList<Shadow> Shadows { get; init; } = [];

    /// <summary>What may move numbers of policies by itself.</summary>
    public IReadOnlyList<Tuner> Tuners { get; init; } = [];

    /// <summary>Which events answer an impression.</summary>
    public FeedbackRule Feedback { get; init; } = new();

    /// <summary>Draws the users of experiments; another one draws them anew.</summary>
    public string ExperimentSalt { get; init; } = "experiments";

    /// <summary>One policy for everybody.</summary>
    public static PolicySet Of(ServingPolicy policy) => new([new PolicyShare("default", policy)]);

    /// <exception cref="ArgumentException">Names twice, shares below zero or all zero.</exception>
    internal void Check()
    {
        Require(Policies.Count is >= 1 and <= CountMax, $"1 to {CountMax} policies, not {Policies.Count}");
        Require(
            Policies.All(policy => policy.Name.Length is >= 1 and <= NameCharsMax),
            $"a policy has a name of 1 to {NameCharsMax} characters");
        Require(
            Policies.Select(policy => policy.Name).Distinct().Count() == Policies.Count,
            "two policies have the same name");
        Require(
            Policies.All(policy => double.IsFinite(policy.Share) && policy.Share >= 0),
            "a share is a number of at least 0");
        Require(Policies.Sum(policy => policy.Share) > 0, "the shares sum to nothing: give one policy a share above 0");
        if (ExperimentRules.Find(this) is { } problem)
        {
            throw new ArgumentException(problem.ToString());
        }
    }

    internal int IndexOf(string policy)
    {
        int index = 0;
        while (Policies[index].Name != policy)
        {
            index++;
        }

        return index;
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new ArgumentException(otherwise);
        }
    }
}
