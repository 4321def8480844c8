namespace Ebb.Evaluation.Relations;

/// <summary>
/// What came of relations by titles. BadLineCount: lines of the texts that are none, or of an item that has one.
/// </summary>
public sealed record TitleRelationsReport(int ItemCount, int LinkedCount, int LinkCount, int BadLineCount);
