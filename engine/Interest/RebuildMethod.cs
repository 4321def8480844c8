namespace Ebb.Engine.Interest;

/// <summary>What a user was made anew from when the schema changed. Numbers are part of the log format.</summary>
public enum RebuildMethod : byte
{
    /// <summary>All his events, told by the retained log.</summary>
    Log = 1,

    /// <summary>All his events, which the record remembers.</summary>
    Remembered = 2,

    /// <summary>The last events only: the log does not reach back, or has not been asked yet.</summary>
    LastEvents = 3,
}
