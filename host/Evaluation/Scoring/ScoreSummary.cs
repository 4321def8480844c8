namespace Ebb.Evaluation.Scoring;

/// <summary>What became of the input. The CLI's exit code is 1 when LinesFailed is above 0.</summary>
public sealed record ScoreSummary(long LinesScored, long LinesFailed, long EventsSkipped);
