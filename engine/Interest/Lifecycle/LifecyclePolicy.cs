namespace Ebb.Engine.Interest.Lifecycle;

/// <summary>Which phases a policy tells, and what they do. Off by default: nothing is told. Immutable.</summary>
public sealed record LifecyclePolicy
{
    public static LifecyclePolicy Off { get; } = new();

    /// <summary>Per user and category; null for off.</summary>
    public PhaseRule? Categories { get; init; }

    /// <summary>Per user and item among the last events; null for off.</summary>
    public PhaseRule? Items { get; init; }

    public bool IsOn => Categories is not null || Items is not null;

    /// <summary>Lists depend on it: scores are then sums of standardised sources, and phases one of them.</summary>
    public bool HasEffect => Categories is { HasEffect: true } || Items is { HasEffect: true };

    public PhaseRule? RuleOf(PhaseSubject subject) => subject == PhaseSubject.Category ? Categories : Items;

    internal string? Problem() => Categories?.Problem() ?? Items?.Problem();
}
