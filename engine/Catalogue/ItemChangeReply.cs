namespace Ebb.Engine.Catalogue;

/// <summary>A status for each item in order, and the generation in which the accepted ones are visible.</summary>
public sealed record ItemChangeReply(IReadOnlyList<EntryStatus> Statuses, ulong Generation);
