namespace Ebb.Protocol;

/// <summary>The tuners, and what they changed, the latest first.</summary>
public sealed record EbbTuning(IReadOnlyList<EbbTuner> Tuners, IReadOnlyList<EbbTuneChange> Audit);
