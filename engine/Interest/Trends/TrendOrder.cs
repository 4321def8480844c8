namespace Ebb.Engine.Interest.Trends;

/// <summary>Which come first in a report.</summary>
public enum TrendOrder : byte
{
    /// <summary>The highest forecast.</summary>
    Forecast = 0,

    /// <summary>The steepest rise.</summary>
    Rising = 1,

    /// <summary>The steepest fall.</summary>
    Falling = 2,
}
