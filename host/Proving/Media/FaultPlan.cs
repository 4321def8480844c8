namespace Ebb.Proving.Media;

internal enum FaultKind : byte
{
    /// <summary>ENOSPC: the disk is full, from then on.</summary>
    DiskFull,

    /// <summary>EIO of a write, from then on.</summary>
    WriteError,

    /// <summary>Half of a write comes to the disk, then EIO.</summary>
    ShortWrite,

    /// <summary>EIO of a sync, once: the next one would succeed and prove nothing.</summary>
    SyncError,

    /// <summary>A write that says nothing and has a bit of its bytes turned.</summary>
    FlippedBit,

    /// <summary>A write of which the last sector keeps what was there, and that says nothing.</summary>
    TornSector,

    /// <summary>Writes that say they are done and are not, from then on.</summary>
    LostWrites,
}

/// <summary>Which calls go wrong and how: the (after + 1)th of those whose path has the text.</summary>
internal readonly record struct FaultPlan(FaultKind Kind, string PathPart, int After);
