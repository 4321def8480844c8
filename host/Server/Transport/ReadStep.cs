namespace Ebb.Server.Transport;

/// <summary>How handling what was read ended: all of it, for want of room, or with the connection.</summary>
internal readonly record struct ReadStep(ConnectionCloseReason Reason)
{
    public static readonly ReadStep WithoutRoom = new() { NeedsRoom = true };

    public bool NeedsRoom { get; private init; }

    public bool MustStop => NeedsRoom || Reason != ConnectionCloseReason.None;
}
