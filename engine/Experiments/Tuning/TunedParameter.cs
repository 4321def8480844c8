namespace Ebb.Engine.Experiments.Tuning;

/// <summary>
/// One number of a policy that a tuner may move: its guard rails, and the factor of one step. Half-lives are in
/// milliseconds.
/// </summary>
public sealed record TunedParameter(string Name, double Min, double Max, double Step);
