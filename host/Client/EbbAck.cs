namespace Ebb.Client;

/// <summary>When a write is answered.</summary>
public enum EbbAck : byte
{
    /// <summary>Applied in memory. The client keeps the frame until the server says that it is durable.</summary>
    Applied = 0,

    /// <summary>Committed and synced by the server.</summary>
    Durable = 1,
}
