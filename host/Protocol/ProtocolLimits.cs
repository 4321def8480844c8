namespace Ebb.Protocol;

/// <summary>
/// What one end accepts. A server tells its own in the HELLO reply; lengths given by a peer are checked against these
/// before anything is reserved for them. Immutable.
/// </summary>
public sealed record ProtocolLimits
{
    /// <summary>Longest id of the format, in bytes: its length is one byte and this is what fits a record.</summary>
    public const int IdBytesMax = 64;

    /// <summary>Longest tenant name in bytes.</summary>
    public const int TenantBytesMax = 32;

    /// <summary>Longest category, brand, merchant or tag in UTF-8 bytes.</summary>
    public const int AttributeBytesMax = 64;

    public const int TagCountMax = 16;

    /// <summary>Longest client or server name in HELLO, in bytes.</summary>
    public const int NameBytesMax = 64;

    /// <summary>
    /// A frame that is longer is answered with FrameTooLong and the connection closed. Default 4 MiB.
    /// </summary>
    public int FrameBytesMax { get; init; } = 4 << 20;

    /// <summary>Bytes of tagged fields in one frame. Default 1024.</summary>
    public int TaggedBytesMax { get; init; } = 1024;

    /// <summary>Events of OBSERVE and ACT, items of ITEM_PUT and ITEM_REMOVE. Default 10,000.</summary>
    public int BatchEntriesMax { get; init; } = 10_000;

    /// <summary>K of RECOMMEND and ACT. Default 1000.</summary>
    public int CountMax { get; init; } = 1000;

    /// <summary>Candidates of RANK. Default 10,000.</summary>
    public int CandidatesMax { get; init; } = 10_000;

    /// <summary>
    /// Values that the allow list, and those that the deny list of a filter may name. Default 64 each.
    /// </summary>
    public int FilterValuesMax { get; init; } = 64;

    /// <summary>
    /// Requests of one connection that may be unanswered; past it the server stops reading. Default 1024.
    /// </summary>
    public int InFlightMax { get; init; } = 1024;

    /// <summary>Bytes of unanswered requests and unread replies of one connection. Default 16 MiB.</summary>
    public int InFlightBytesMax { get; init; } = 16 << 20;
}
