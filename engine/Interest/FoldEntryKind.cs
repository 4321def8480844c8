namespace Ebb.Engine.Interest;

/// <summary>
/// What a partition's log can say. Numbers are part of the log format and are never reused; 16 to 19 are kept for
/// Forget, Unsend, Merge and Expire. A reader that meets a number it does not know stops the start.
/// </summary>
internal enum FoldEntryKind : byte
{
    /// <summary>An event with its item's vector at hand: folded into the user's bank.</summary>
    Event = 1,

    /// <summary>An event whose item is not known: kept until the item comes or the window ends.</summary>
    Park = 2,

    /// <summary>
    /// The item of parked events has come: all of them are folded, in the order in which they were parked.
    /// </summary>
    Resolve = 3,

    /// <summary>The oldest parked events are given up.</summary>
    GiveUp = 4,

    /// <summary>The memory schema from here on. First entry of every partition.</summary>
    Schema = 5,
}
