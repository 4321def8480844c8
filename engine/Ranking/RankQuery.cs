namespace Ebb.Engine.Ranking;

/// <summary>A candidate and how relevant the caller finds it (a search or ads score); null for none.</summary>
public readonly record struct RankCandidate(OpaqueId Item, float? Relevance = null);

/// <summary>
/// One candidate's answer: Interest is the cosine of item and interest, so it compares with any other source;
/// Score = RelevanceWeight·relevance + InterestWeight·interest.
/// </summary>
public readonly record struct RankedCandidate(EntryStatus Status, float Score, float Interest);

/// <summary>Candidates in the order given.</summary>
public sealed record RankReply(IReadOnlyList<RankedCandidate> Candidates, ulong Generation);
