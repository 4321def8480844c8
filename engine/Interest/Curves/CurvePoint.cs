namespace Ebb.Engine.Interest.Curves;

/// <summary>What remains at an age.</summary>
public readonly record struct CurvePoint(TimeSpan Age, double Value);
