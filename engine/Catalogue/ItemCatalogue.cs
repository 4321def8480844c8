using Ebb.Engine.Log;

namespace Ebb.Engine.Catalogue;

/// <summary>
/// The table of items: opaque id ↔ dense index (for ever), vector, attributes. Any thread may read (through a lease)
/// and change it. Invariant: a lease sees whole generations only, and whatever it sees is in the log.
/// </summary>
public sealed class ItemCatalogue : IDisposable
{
    /// <summary>
    /// Takes the catalogue's log over and recovers: the base (null: none), then the log after it. History has the
    /// vectors that replay of the users' logs may ask for.
    /// </summary>
    /// <exception cref="EngineStartException">Corrupt, of a newer format, of another dimension, or too big.</exception>
    public static ItemCatalogue Open(
        CatalogueOptions options, IEventLog log, string? basePath, out CatalogueHistory history) =>
        throw new NotImplementedException();

    /// <summary>
    /// Raised after a publish, outside every lock and on the publishing thread, with the indices of items that became
    /// known (new, or removed and put again), in pieces for large changes. They may be gone again: look them up.
    /// </summary>
    public event Action<ReadOnlyMemory<int>>? ItemsKnown
    {
        add => throw new NotImplementedException();
        remove => throw new NotImplementedException();
    }

    public CatalogueOptions Options => throw new NotImplementedException();

    /// <summary>Published changes so far. May have moved on when it returns; a lease's does not.</summary>
    public ulong Generation => throw new NotImplementedException();

    /// <summary>Bytes held for vectors, spare capacity included.</summary>
    public long VectorBytes => throw new NotImplementedException();

    /// <summary>The last sequence of the catalogue's log.</summary>
    public ulong LogTail => throw new NotImplementedException();

    /// <summary>Holds the present generation still. Waits while a change is being shown.</summary>
    public CatalogueLease Read() => throw new NotImplementedException();

    public CatalogueChange BeginChange() => throw new NotImplementedException();

    /// <summary>One change: puts every item that is valid, publishes, and answers for each in order.</summary>
    public Task<ItemChangeReply> PutAsync(IReadOnlyList<ItemPut> items, AckLevel ack = AckLevel.Applied) =>
        throw new NotImplementedException();

    /// <summary>One change: removes every item that is known, publishes, and answers for each in order.</summary>
    public Task<ItemChangeReply> RemoveAsync(IReadOnlyList<OpaqueId> items, AckLevel ack = AckLevel.Applied) =>
        throw new NotImplementedException();

    /// <summary>
    /// Writes everything to a file (durably, in place of what was there) while serving; the log is committed past what
    /// the file holds before the file appears.
    /// </summary>
    public Task<CatalogueBaseInfo> WriteBaseAsync(string path, CancellationToken cancellation = default) =>
        throw new NotImplementedException();

    public void Dispose()
    {
    }

    internal void EndRead() => throw new NotImplementedException();
}
