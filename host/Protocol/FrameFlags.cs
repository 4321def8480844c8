namespace Ebb.Protocol;

[Flags]
public enum FrameFlags : ushort
{
    None = 0,

    /// <summary>Server to client.</summary>
    Reply = 0x0001,

    /// <summary>Answer a write only when it is committed and synced.</summary>
    Durable = 0x0002,

    /// <summary>ITEM_PUT, ITEM_REMOVE: add to the connection's open change, out of sight.</summary>
    Stage = 0x0004,

    /// <summary>ITEM_PUT, ITEM_REMOVE: add, then show all that is staged as one generation.</summary>
    Publish = 0x0008,

    /// <summary>ITEM_PUT, ITEM_REMOVE without entries: drop what is staged.</summary>
    Discard = 0x0010,

    /// <summary>All that this version knows; a frame with another is refused with UnsupportedVersion.</summary>
    Known = Reply | Durable | Stage | Publish | Discard,
}
