using Ebb.Protocol;

namespace Ebb.Server.Transport;

/// <summary>A frame as a verb's handler sees it. Spans are valid until the handler returns.</summary>
internal readonly ref struct FrameContext
{
    public FrameHeader Header { get; init; }

    public TaggedFields Fields { get; init; }

    public ReadOnlySpan<byte> Body { get; init; }

    /// <summary>Whose users are meant: the frame's own tenant or the connection's.</summary>
    public ReadOnlySpan<byte> Tenant { get; init; }

    public Arrival Arrival { get; init; }
}
