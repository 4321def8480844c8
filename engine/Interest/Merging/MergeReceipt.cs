namespace Ebb.Engine.Interest.Merging;

/// <summary>
/// What MERGE did. Known: there was something under the first key, and it is under the second now, with so many events;
/// else nothing was changed (also where an earlier MERGE has moved it).
/// </summary>
public sealed record MergeReceipt(bool Known, ulong EventCount);
