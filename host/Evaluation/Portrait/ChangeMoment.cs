namespace Ebb.Evaluation.Portrait;

/// <summary>
/// One moment of one user: the features of what was before it, and whether the window after it was a change.
/// </summary>
public sealed record ChangeMoment(int User, long TimeMs, double[] Features, bool Changed);
