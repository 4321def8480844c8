using Ebb.Engine.Ranking;

namespace Ebb.Evaluation.Replay;

/// <summary>What an engine answered to one query. The list is of catalogue indices, best first.</summary>
internal sealed record QueryOutcome(QueryMeasures Measures, int[] List, float[] Scores, ListDecision Decision);
