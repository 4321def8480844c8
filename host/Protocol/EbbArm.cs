namespace Ebb.Protocol;

/// <summary>Which policy serves a user now, and in whose experiment; null: in none, by the ordinary split.</summary>
public sealed record EbbArm(string Policy, string? Experiment);
