namespace Ebb.Server.Demo;

/// <summary>The rows [First, First+Count) of the log: what one customer bought or returned at one moment.</summary>
public readonly record struct Invoice(int User, long TimeMs, byte Type, int First, int Count);
