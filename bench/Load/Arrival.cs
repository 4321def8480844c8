namespace Ebb.Bench.Load;

/// <summary>
/// One arrival: which user does what on which items. Drawn by the pacing thread only, so a seed gives one sequence.
/// </summary>
public readonly record struct Arrival(Verb Verb, int User, int[] Items);
