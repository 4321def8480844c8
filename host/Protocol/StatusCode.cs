namespace Ebb.Protocol;

/// <summary>
/// What became of a frame or of one of its entries: 0-15 done, 16-63 the caller's mistake, 64 up the server's. Numbers
/// and names are those of the engine's EntryStatus (a test holds the two together); PROTOCOL.md has the table.
/// </summary>
public enum StatusCode : ushort
{
    Ok = 0,
    Duplicate = 1,
    Parked = 2,

    IdLength = 16,
    WrongDimension = 17,
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
    UnknownEvent = 30,
    AuthRequired = 40,
    NotAllowed = 41,

    DeadlinePassed = 64,
    Overloaded = 65,
    StorageFailed = 66,
    OutOfMemory = 67,
    ShuttingDown = 68,
    Internal = 69,
}
