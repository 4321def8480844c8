namespace Ebb.Server.Transport;

/// <summary>
/// When a frame was read (a timestamp of the engine's clock) and what it reserved of the in-flight account.
/// </summary>
internal readonly record struct Arrival(long At, long Cost);
