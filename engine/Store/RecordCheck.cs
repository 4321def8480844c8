namespace Ebb.Engine.Store;

/// <summary>What <see cref="UserRecord.Verify()"/> found.</summary>
public enum RecordCheck : byte
{
    Ok,

    /// <summary>The bytes are not those that were sealed.</summary>
    BadChecksum,

    /// <summary>Whole, but written by a newer build.</summary>
    NewerFormat,

    /// <summary>Whole, but for another bank, ring or record size.</summary>
    OtherShape,
}
