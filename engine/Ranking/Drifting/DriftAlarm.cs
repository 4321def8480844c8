namespace Ebb.Engine.Ranking.Drifting;

/// <summary>
/// The population's drift alarm as it stands (engine/Diagnostics/DriftMonitor defines it). IsActive: raised, and the
/// new level is not yet learned.
/// </summary>
public readonly record struct DriftAlarm(double Statistic, double Threshold, long RaisedCount, bool IsActive);
