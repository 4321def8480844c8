using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>
/// One interest in another phase. Before is None for a new one; Subject.Phase is None when its events have fallen out
/// of the remembered ones.
/// </summary>
public readonly record struct EbbPhaseChange(EbbSubjectPhase Subject, EbbPhase Before);

/// <summary>
/// What changed at a moment (0: unknown). HasMissed: changes before this one were lost, by slow reading or with a
/// connection.
/// </summary>
public sealed record EbbPhaseNotice(IReadOnlyList<EbbPhaseChange> Changes, long AtMs, bool HasMissed);
