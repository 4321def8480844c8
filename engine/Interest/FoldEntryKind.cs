namespace Ebb.Engine.Interest;

/// <summary>
/// What a partition's log can say. Numbers are part of the log format and are never reused. A reader that
/// meets a number it does not know stops the start.
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

    /// <summary>The user is gone, with what his remembered events added to the population.</summary>
    Forget = 16,

    /// <summary>One event of a user is taken out again.</summary>
    Unsend = 17,

    /// <summary>
    /// A user leaves for another key, that of the item field, with the record that is the text. Else as Forget.
    /// </summary>
    MergeOut = 18,

    /// <summary>
    /// The user's last event was before the parked-at field: his record goes. What others made of it stays.
    /// </summary>
    Expire = 19,

    /// <summary>A user's record made anew for the schema in force.</summary>
    Rebuild = 20,

    /// <summary>Zeros that keep an erased entry and a live one out of one sector of the disk.</summary>
    Pad = 21,

    /// <summary>
    /// The record of another key comes to the user's: of the partition that is the session field and of its MergeOut
    /// that is the session sequence.
    /// </summary>
    MergeIn = 22,

    /// <summary>Who left with this MergeOut (session sequence) has arrived.</summary>
    MergeDone = 23,
}
