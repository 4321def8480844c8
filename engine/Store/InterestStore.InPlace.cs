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

    /// <summary>Fetches the record's key and head ahead, once its bucket is near.</summary>
    internal void PrefetchHead(ulong hash, int keyBytes, long changeableFrom) =>
        _log.Hot.PrefetchHead(hash, keyBytes, changeableFrom);

    /// <summary>Fetches ahead what folding reads of a record that was opened in place.</summary>
    internal void PrefetchFold(nint record) => _log.Hot.PrefetchFold(record);

    /// <summary>Fetches the place of the next event, once the record's head is near.</summary>
    internal void PrefetchNextEvent(nint record) => _log.Hot.PrefetchNextEvent(record);

    /// <summary>
    /// The address of the user's record, of the shape's size, to be read and changed there (after
    /// <see cref="UserRecord.Open"/>); 0: it has to be read and written.
    /// </summary>
    internal nint OpenInPlace(ReadOnlySpan<byte> key, ulong hash, long changeableFrom)
    {
        nint record = _log.Hot.Find(key, hash, changeableFrom);

        // Else a deleted user, or one that the long way will find damaged.
        return record != 0 && UserRecord.VerifyShape(At(record), Shape) == RecordCheck.Ok ? record : 0;
    }

    // SAFETY: what Find returned lies in a pinned page with the value's whole length behind it.
    private unsafe ReadOnlySpan<byte> At(nint record) => new((void*)record, Shape.RecordBytes);
}
