namespace Ebb.Engine.Store;

/// <summary>What was done to a recent event on its way in.</summary>
[Flags]
public enum RecentEventFlags : byte
{
    None = 0,

    /// <summary>Its timestamp lay in the future and was clamped.</summary>
    Clamped = 1,

    /// <summary>It came after a later event of the same user.</summary>
    Late = 2,

    /// <summary>It came with an event id, which stands at the same rank among those that have an event.</summary>
    HasId = 4,

    /// <summary>Bits 3 to 7: the category split of its impulse, from 1.</summary>
    SplitMask = 0xF8,
}
