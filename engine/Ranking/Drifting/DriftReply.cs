using Ebb.Kernels.Drift;

namespace Ebb.Engine.Ranking.Drifting;

/// <summary>
/// How far a user's interest lies from the one that their last list was made for, by every distance; NaN without a
/// list, and for the attention distances without weights.
/// </summary>
public sealed record DriftReply
{
    public required bool Known { get; init; }

    /// <summary>A list is kept to compare with.</summary>
    public bool HasList { get; init; }

    /// <summary>The distance that the user's policy decides by, and δ by it.</summary>
    public DriftDistance Distance { get; init; }

    public double Drift { get; init; } = double.NaN;

    public double Cosine { get; init; } = double.NaN;

    public double Euclidean { get; init; } = double.NaN;

    public double Attention { get; init; } = double.NaN;

    public double AttentionSquared { get; init; } = double.NaN;

    /// <summary>Euclidean and attention are of the true vectors, not of their directions.</summary>
    public bool IsRaw { get; init; }

    /// <summary>Measured after the policy's projection.</summary>
    public bool IsProjected { get; init; }

    /// <summary>The policy's thresholds of the decision.</summary>
    public double KeepBelow { get; init; }

    public double ShiftFrom { get; init; }

    /// <summary>δ from which the user's alarm holds; NaN where there is none yet.</summary>
    public double AlarmFrom { get; init; } = double.NaN;

    /// <summary>The user has drifted that far.</summary>
    public bool IsAlarmed => Drift >= AlarmFrom;

    /// <summary>Share of all δ measured since open that lie in the user's step of the histogram or below it.</summary>
    public double PopulationShare { get; init; } = double.NaN;

    public required DriftAlarm Population { get; init; }

    /// <summary>Evidence, in nats, that the last events are of two tastes; NaN: too few have a category.</summary>
    public double Taste { get; init; } = double.NaN;

    /// <summary>Evidence from which the user's alarm of taste holds; NaN where there is none yet.</summary>
    public double TasteAlarmFrom { get; init; } = double.NaN;

    public bool IsTasteAlarmed => Taste >= TasteAlarmFrom;

    /// <summary>The population's alarm of tastes.</summary>
    public DriftAlarm PopulationTaste { get; init; }

    public ulong Generation { get; init; }
}
