using Ebb.Engine.Ranking;

namespace Ebb.Engine.Interest;

/// <summary>The events' statuses and a list that reflects them.</summary>
public sealed record ActReply(IReadOnlyList<EntryStatus> Statuses, Recommendation Recommendation);
