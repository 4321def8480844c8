namespace Ebb.Engine.Interest;

/// <summary>How an event was taken out. Numbers are part of the log format and of the protocol.</summary>
public enum UnsendMethod : byte
{
    /// <summary>
    /// The user was folded again without it, from the retained log or because all his events are remembered: the same
    /// bits as if it had never come.
    /// </summary>
    Refolded = 1,

    /// <summary>It was subtracted from the sums: the same to rounding.</summary>
    Subtracted = 2,

    /// <summary>It was still waiting for its item, and will not come.</summary>
    Parked = 3,
}
