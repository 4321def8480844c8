namespace Ebb.Server.Demo;

/// <summary>Microseconds, by nearest rank.</summary>
public readonly record struct LatencySummary(int Count, double P50Us, double P99Us, double P999Us, double MaxUs);
