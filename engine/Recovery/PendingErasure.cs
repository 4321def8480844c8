namespace Ebb.Engine.Recovery;

/// <summary>
/// The log of a partition is to be erased up to a sequence, of a Forget, at a time. Kept in the manifest and, after
/// the base that it names, in the log; it names no user.
/// </summary>
public sealed record PendingErasure(ushort Partition, ulong Sequence, long DueMs);
