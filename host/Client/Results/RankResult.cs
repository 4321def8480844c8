using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>
/// Interest: cosine of item and interest. Score: the server's weighted sum of relevance and interest.
/// </summary>
public readonly record struct EbbRankedCandidate(StatusCode Status, float Score, float Interest);

/// <summary>Candidates in the order given.</summary>
public sealed record RankResult(IReadOnlyList<EbbRankedCandidate> Candidates, ulong Generation);
