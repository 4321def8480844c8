namespace Ebb.Engine;

/// <summary>
/// What became of one entry (an event, an item, a request). The numbers are the wire's status codes
/// (host/Protocol/PROTOCOL.md; a test holds the two together): 0-15 done, 16-63 the caller's mistake, 64 up the
/// server's.
/// </summary>
public enum EntryStatus : ushort
{
    /// <summary>Done: folded and answered for.</summary>
    Ok = 0,

    /// <summary>Seen before (session sequence or event id); nothing changed.</summary>
    Duplicate = 1,

    /// <summary>
    /// The item is not known yet; the event is kept for a bounded window and applied when the item comes.
    /// </summary>
    Parked = 2,

    IdLength = 16,
    WrongDimension = 17,

    /// <summary>
    /// NaN or infinite, or beyond what keeps scores finite (vector elements ±1e9, effective weights ±1e6).
    /// </summary>
    NotFinite = 18,
    UnknownEventType = 19,
    KOutOfRange = 20,
    UnknownItem = 21,
    TimeOutOfRange = 22,
    TooManyEntries = 23,
    AttributeTooLong = 24,
    Malformed = 25,
    UnknownOpcode = 26,
    UnsupportedVersion = 27,
    FrameTooLong = 28,
    HelloRequired = 29,

    /// <summary>UNSEND names an event that neither the retained log nor the user's last ids know.</summary>
    UnknownEvent = 30,

    /// <summary>Of the wire alone: the connection has not said who it is, or its token is nobody's.</summary>
    AuthRequired = 40,

    /// <summary>Of the wire alone: the role or the tenant of this connection may not.</summary>
    NotAllowed = 41,

    /// <summary>The deadline passed before the work was done; nothing was applied.</summary>
    DeadlinePassed = 64,

    /// <summary>A queue or limit is full; try again later.</summary>
    Overloaded = 65,

    /// <summary>The log refused the append (disk full, failed sync); nothing was applied.</summary>
    StorageFailed = 66,

    /// <summary>The memory budget refuses the item.</summary>
    OutOfMemory = 67,

    /// <summary>The server is going down.</summary>
    ShuttingDown = 68,

    Internal = 69,
}
