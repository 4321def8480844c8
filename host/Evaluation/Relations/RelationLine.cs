namespace Ebb.Evaluation.Relations;

/// <summary>A line of a file of relations; ends are item ids or kind:id.</summary>
public readonly record struct RelationLine(string Relation, string From, string To, double Weight);
