namespace Ebb.Engine.Interest;

/// <summary>A status for each event in the order given.</summary>
public sealed record ObserveReply(IReadOnlyList<EntryStatus> Statuses);
