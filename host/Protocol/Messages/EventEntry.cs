namespace Ebb.Protocol.Messages;

/// <summary>
/// One event on the wire, of OBSERVE (with user) or ACT (without). Ids may be of any length up to 255 here: one that is
/// too long is that entry's mistake and not the frame's.
/// </summary>
public readonly ref struct EventEntry
{
    public const int BytesMin = 12;

    internal const byte HasValueBit = 1;
    internal const byte HasEventIdBit = 2;

    public ReadOnlySpan<byte> User { get; init; }

    public ReadOnlySpan<byte> Item { get; init; }

    public byte Type { get; init; }

    public long TimeMs { get; init; }

    public bool HasValue { get; init; }

    public float Value { get; init; }

    /// <summary>0: none.</summary>
    public ulong EventId { get; init; }
}
