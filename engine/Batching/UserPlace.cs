namespace Ebb.Engine.Batching;

/// <summary>Which partition a user's requests go to, and the hash that says so.</summary>
public readonly record struct UserPlace(ulong Hash, ushort Partition);
