namespace Ebb.Engine.Interest.Merging;

/// <summary>A user who was taken out of a partition and has not come in at the other key yet.</summary>
/// <param name="Sequence">Of the MergeOut entry: the transfer's name within its partition.</param>
/// <param name="Target">The key that it goes to.</param>
/// <param name="Record">The record as it was, of the schema that it names.</param>
internal sealed record PendingMerge(ulong Sequence, byte[] Target, byte[] Record);
