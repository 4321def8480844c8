namespace Ebb.Engine.Interest.Lifecycle;

/// <summary>
/// The phase of one interest. Name is the category's text or the item's id; Peak the highest intensity among the
/// remembered events; NextChangeMs when it changes if no event comes, null for never.
/// </summary>
public readonly record struct SubjectPhase(PhaseSubject Subject, OpaqueId Name, InterestPhase Phase)
{
    public double Intensity { get; init; }

    public double Peak { get; init; }

    public long? NextChangeMs { get; init; }
}
