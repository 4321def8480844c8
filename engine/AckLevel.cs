namespace Ebb.Engine;

/// <summary>When a write is answered.</summary>
public enum AckLevel : byte
{
    /// <summary>Folded in memory and appended to the log; a crash may still take it.</summary>
    Applied = 0,

    /// <summary>Committed and synced; survives a crash.</summary>
    Durable = 1,
}
