namespace Ebb.Engine.Ranking;

/// <summary>
/// The nodes of a kind that fit the user best, best first; their vectors are the graph's. A score is the dot product of
/// vector and interest: the score now is Score·2^Log2Scale of the list that it came with.
/// </summary>
public sealed record KindList(string Kind, IReadOnlyList<RecommendedNode> Nodes);
