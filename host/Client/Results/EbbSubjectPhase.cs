using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>
/// The phase of one interest: of a category, whose text Name holds, or of an item. Peak is the highest intensity among
/// the remembered events; NextChangeMs when it changes if no event comes, null for never.
/// </summary>
public readonly record struct EbbSubjectPhase(EbbPhaseSubject Subject, EbbId Name, EbbPhase Phase)
{
    public double Intensity { get; init; }

    public double Peak { get; init; }

    public long? NextChangeMs { get; init; }
}
