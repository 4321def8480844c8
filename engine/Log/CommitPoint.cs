namespace Ebb.Engine.Log;

/// <summary>
/// One durable state of a partition's log: everything from <see cref="FirstSequence"/> at <see cref="BeginAddress"/>
/// to <see cref="LastSequence"/>, whose entry ends at <see cref="UntilAddress"/>, is synced. Immutable and a class,
/// so that readers take all of it with one load.
/// </summary>
internal sealed record CommitPoint(
    ulong Generation, ulong FirstSequence, ulong LastSequence, long BeginAddress, long UntilAddress, long CommitNumber)
{
    public static readonly CommitPoint Empty =
        new(0, 1, 0, SegmentLayout.FirstAddress, SegmentLayout.FirstAddress, 0);

    public bool HoldsNothing => LastSequence + 1 == FirstSequence;
}
