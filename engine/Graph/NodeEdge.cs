namespace Ebb.Engine.Graph;

/// <summary>An edge as one of its ends sees it; relation and node by their numbers in the graph.</summary>
internal readonly record struct NodeEdge(int Relation, int To, double Weight);
