using Ebb.Engine.Graph;

namespace Ebb.Evaluation.Relations;

/// <summary>What came of it. BadLineCount: lines of the relations that are none.</summary>
public sealed record GraphReport(GraphCounts Counts, int WrittenCount, int GainedCount, int BadLineCount);
