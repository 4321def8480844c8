namespace Ebb.Evaluation.Replay;

/// <summary>How far a replay is: the step's name and its share done, 0 to 1. Told from any thread.</summary>
public readonly record struct ReplayProgress(string Step, double Share);
