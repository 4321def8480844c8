using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>
/// How far a user's interest lies from the one that their last list was made for, by every distance; NaN without a
/// list, and for the attention distances without weights.
/// </summary>
public sealed record DriftResult
{
    public bool Known { get; init; }

    public bool HasList { get; init; }

    /// <summary>The distance that the user's policy decides by, and δ by it.</summary>
    public EbbDriftDistance Distance { get; init; }

    public double Drift { get; init; }

    public double Cosine { get; init; }

    public double Euclidean { get; init; }

    public double Attention { get; init; }

    public double AttentionSquared { get; init; }

    public bool IsRaw { get; init; }

    public bool IsProjected { get; init; }

    public double KeepBelow { get; init; }

    public double ShiftFrom { get; init; }

    /// <summary>δ from which the user's alarm holds; NaN where there is none yet.</summary>
    public double AlarmFrom { get; init; }

    public bool IsAlarmed { get; init; }

    /// <summary>Share of all measured δ in the user's step of the histogram or below.</summary>
    public double PopulationShare { get; init; }

    /// <summary>The population's alarm: its statistic, what that must pass, how often it did, if it holds.</summary>
    public double PopulationStatistic { get; init; }

    public double PopulationThreshold { get; init; }

    public ulong PopulationAlarmCount { get; init; }

    public bool IsPopulationAlarmed { get; init; }

    /// <summary>Evidence, in nats, that the last events are of two tastes; NaN: too few have a category.</summary>
    public double Taste { get; init; }

    /// <summary>Evidence from which the user's alarm of taste holds; NaN where there is none yet.</summary>
    public double TasteAlarmFrom { get; init; }

    public bool IsTasteAlarmed { get; init; }

    /// <summary>The population's alarm of tastes, likewise.</summary>
    public double TasteStatistic { get; init; }

    public double TasteThreshold { get; init; }

    public ulong TasteAlarmCount { get; init; }

    public bool ArePopulationTastesAlarmed { get; init; }

    public ulong Generation { get; init; }
}
