namespace Ebb.Engine.Store.Base;

/// <summary>One partition's base of a round.</summary>
/// <param name="File">Relative to the engine folder.</param>
/// <param name="Epoch">Epoch of the writer that made it.</param>
/// <param name="Sequence">B: the log is replayed from the next one.</param>
public sealed record PartitionBase(string File, uint Epoch, ulong Sequence);
