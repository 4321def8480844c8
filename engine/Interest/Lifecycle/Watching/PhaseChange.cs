namespace Ebb.Engine.Interest.Lifecycle.Watching;

/// <summary>
/// One interest that is in another phase than when last told. Before is null for a new one; IsGone: its events have
/// fallen out of the last L, and what Subject says is what was told last.
/// </summary>
public readonly record struct PhaseChange(SubjectPhase Subject, InterestPhase? Before, bool IsGone = false);
