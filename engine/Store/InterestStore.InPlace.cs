namespace Ebb.Engine.Store;

/// <summary>
/// Records changed where they stand. Those in the part of memory that still changes are most of them, and an event
/// touches a third of one: nothing is copied, looked up in FASTER or summed for them. What is opened here stays in its
/// place until the next Write or Delete, and no longer.
/// </summary>
public sealed partial class InterestStore
{
    /// <summary>
    /// Before a batch: the addresses from which on records may be changed in place. A store that cannot spill any more
    /// gives none, so that a write meets the fault.
    /// </summary>
    internal long ChangeableFrom => _log.Device.WriteFault is null ? _log.ReadOnlyAddress : long.MaxValue;

    /// <summary>Fetches a key's bucket ahead.</summary>
    /// <param name="hash">The key's <see cref="Interest.StableHash"/>.</param>
    internal void PrefetchBucket(ulong hash) => _log.Hot.PrefetchBucket(hash);

    /// <summary>Fetches the record ahead, once its bucket is near.</summary>
    internal void PrefetchRecord(ulong hash, int keyBytes, long changeableFrom) =>
        _log.Hot.PrefetchRecord(hash, keyBytes, changeableFrom);

    /// <summary>
    /// The address of the user's record, of the shape's size, to be read and changed there (after
    /// <see cref="UserRecord.Open"/>); 0: it has to be read and written.
    /// </summary>
    internal nint OpenInPlace(ReadOnlySpan<byte> key, ulong hash, long changeableFrom)
    {
        nint record = _log.Hot.Find(key, hash, changeableFrom);
        if (record == 0 || UserRecord.VerifyShape(At(record), Shape) != RecordCheck.Ok)
        {
            // A deleted user, or one that the long way will find damaged.
            return 0;
        }

        _log.Hot.PrefetchNextEvent(record);
        return record;
    }

    // SAFETY: what Find returned lies in a pinned page with the value's whole length behind it.
    private unsafe ReadOnlySpan<byte> At(nint record) => new((void*)record, Shape.RecordBytes);
}
