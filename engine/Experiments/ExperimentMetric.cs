namespace Ebb.Engine.Experiments;

/// <summary>What an experiment judges its arms by.</summary>
public enum ExperimentMetric : byte
{
    /// <summary>Clicked impressions per impression.</summary>
    ClickRate = 0,

    /// <summary>Converted impressions per impression.</summary>
    ConversionRate = 1,

    /// <summary>Users with a conversion per user who was shown anything.</summary>
    Buyers = 2,
}
