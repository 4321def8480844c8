namespace Ebb.Client;

/// <summary>
/// What MERGE did. Known: there was something under the first key, and it is under the second now; else nothing was
/// changed, also where an earlier MERGE has moved it.
/// </summary>
public sealed record MergeResult(bool Known, ulong EventCount);
