using Ebb.Engine.Interest.Curves;
using Ebb.Engine.Ranking;

namespace Ebb.Engine.Experiments.Tuning;

/// <summary>The numbers of a policy that can be tuned, by name. Stateless.</summary>
internal static class TunedNumbers
{
    public const string HalfLife = "half_life";

    public static IReadOnlyList<string> Names { get; } =
    [
        HalfLife, "keep_below", "shift_from", "vector", "transitions", "neighbours", "popularity", "repeats", "encoder",
    ];

    /// <summary>Null: the policy has no such number (a curve that is no exponential).</summary>
    public static double? Of(ServingPolicy policy, string name) => name switch
    {
        HalfLife => (policy.Curve as ExponentialCurve)?.HalfLife.TotalMilliseconds is > 0 and double halfLife
            ? halfLife
            : null,
        "keep_below" => policy.KeepBelow,
        "shift_from" => policy.ShiftFrom,
        "vector" => policy.Sources.Vector,
        "transitions" => policy.Sources.Transitions,
        "neighbours" => policy.Sources.Neighbours,
        "popularity" => policy.Sources.Popularity,
        "repeats" => policy.Sources.Repeats,
        "encoder" => policy.Sources.Encoder,
        _ => null,
    };

    public static ServingPolicy With(ServingPolicy policy, string name, double value) => name switch
    {
        HalfLife => policy with { Curve = new ExponentialCurve(TimeSpan.FromMilliseconds(value)) },
        "keep_below" => policy with { KeepBelow = value },
        "shift_from" => policy with { ShiftFrom = value },
        "vector" => policy with { Sources = policy.Sources with { Vector = value } },
        "transitions" => policy with { Sources = policy.Sources with { Transitions = value } },
        "neighbours" => policy with { Sources = policy.Sources with { Neighbours = value } },
        "popularity" => policy with { Sources = policy.Sources with { Popularity = value } },
        "repeats" => policy with { Sources = policy.Sources with { Repeats = value } },
        _ => policy with { Sources = policy.Sources with { Encoder = value } },
    };
}
