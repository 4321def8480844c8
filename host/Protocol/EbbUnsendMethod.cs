namespace Ebb.Protocol;

/// <summary>How UNSEND took an event out.</summary>
public enum EbbUnsendMethod : byte
{
    /// <summary>The user was folded again without it: the same bits as if it had never come.</summary>
    Refolded = 1,

    /// <summary>Subtracted from the sums: the same to rounding.</summary>
    Subtracted = 2,

    /// <summary>It was still waiting for its item, and will not come.</summary>
    Parked = 3,
}
