using Ebb.Engine.Encoders;
using Ebb.Engine.Graph.Live;
using Ebb.Engine.Log;

namespace Ebb.Engine.Catalogue;

/// <summary>
/// The table of items: opaque id ↔ dense index (for ever), vector, attributes. Any thread may read (through a lease)
/// and change it. Invariant: a lease sees whole generations only, and whatever it sees is in the log.
/// Locks, in this order: the writer lock (one stages, publishes or drops at a time), the gate (DESIGN.md).
/// </summary>
public sealed partial class ItemCatalogue : IDisposable
{
    /// <summary>Indices per call of ItemsKnown.</summary>
    private const int KnownCountMax = 65_536;

    private readonly Lock _writer = new();
    private readonly CatalogueGate _gate = new();
    private readonly ItemTable _table;
    private readonly FilterCache _filters;
    private readonly ChangeStager _stager;
    private readonly ItemCoder _coder;
    private readonly CatalogueLog _log;
    private readonly LiveGraph _graph;

    private bool _isDisposed;

    private ItemCatalogue(CatalogueOptions options, IEventLog log, string? basePath, out CatalogueHistory history)
    {
        Options = options;
        _table = new ItemTable(options.Backend.CreateItems(options.Dimension, options.Budget));
        _filters = new FilterCache(_table, options.FilterCountMax);
        if (options.Graph.Problem() is { } problem)
        {
            throw new EngineStartException("the graph cannot be: " + problem);
        }

        _graph = new LiveGraph(_table, options.Graph);
        history = new CatalogueHistory(_table);
        _stager = new ChangeStager(_table, _gate, _filters)
        {
            History = history,
            PendingBytesMax = options.PendingBytesMax,
        };
        try
        {
            BaseSnapshot snapshot = basePath is null ? BaseSnapshot.Empty : ReadBase(basePath);
            _log = new CatalogueLog(log);
            _coder = new ItemCoder(_table, _log.Defines);
            new CatalogueReplay(_table, _stager, snapshot, _graph).Run(log, _log.Tail);
        }
        catch
        {
            Dispose();
            throw;
        }

        _stager.History = null;
        _stager.AsideBudget = options.Budget;
        StartShelf();
    }

    /// <summary>
    /// Raised after a publish, outside every lock and on the publishing thread, with the indices of items that became
    /// known (new, or removed and put again), in pieces for large changes. They may be gone again: look them up.
    /// </summary>
    public event Action<ReadOnlyMemory<int>>? ItemsKnown;

    /// <summary>
    /// Raised likewise with how many vectors a publish put, new items' and others in place of old ones.
    /// </summary>
    public event Action<uint>? VectorsPut;

    public CatalogueOptions Options { get; }

    /// <summary>Published changes so far. May have moved on when it returns; a lease's does not.</summary>
    public ulong Generation => _stager.Generation;

    /// <summary>Bytes held for vectors, spare capacity included.</summary>
    public long VectorBytes => _table.Matrix.ReservedBytes;

    /// <summary>Bytes that a vector takes.</summary>
    public int VectorRowBytes => _table.Matrix.RowBytes;

    /// <summary>The last sequence of the catalogue's log.</summary>
    public ulong LogTail => _log.Tail;

    internal ItemTable Table => _table;

    internal FilterCache Filters => _filters;

    /// <summary>
    /// Takes the catalogue's log over and recovers: the base (null: none), then the log after it. History has the
    /// vectors that replay of the users' logs may ask for.
    /// </summary>
    /// <exception cref="EngineStartException">Corrupt, of a newer format, of another dimension, or too big.</exception>
    public static ItemCatalogue Open(
        CatalogueOptions options, IEventLog log, string? basePath, out CatalogueHistory history) =>
        new(options, log, basePath, out history);

    /// <summary>Holds the present generation still. Waits while a change is being shown.</summary>
    public CatalogueLease Read()
    {
        _gate.EnterShared();
        return new CatalogueLease(this);
    }

    public CatalogueChange BeginChange()
    {
        lock (_writer)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var staged = new StagedChange(_log.NextChangeId(), Options.Dimension);
            _stager.Begin(staged);
            return new CatalogueChange(this, staged);
        }
    }

    /// <summary>One change: puts every item that is valid, publishes, and answers for each in order.</summary>
    public Task<ItemChangeReply> PutAsync(IReadOnlyList<ItemPut> items) =>
        ChangeAsync(items, static (change, item) => change.Put(item));

    /// <summary>One change: removes every item that is known, publishes, and answers for each in order.</summary>
    public Task<ItemChangeReply> RemoveAsync(IReadOnlyList<OpaqueId> items) =>
        ChangeAsync(items, static (change, item) => change.Remove(item));

    public void Dispose()
    {
        lock (_writer)
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                _shelfClock?.Dispose();
                _table.Dispose();
                _gate.Dispose();
            }
        }
    }

    /// <summary>Makes vectors of texts and blocks; null: an item must bring its vector.</summary>
    internal ItemDescriber? Describer { get; set; }

    internal void EndRead() => _gate.ExitShared();

    internal EntryStatus StagePut(StagedChange change, ItemPut item)
    {
        if (item.IsDescribed && Describer is not null)
        {
            EntryStatus described = Describer.Describe(item, out item);
            if (described != EntryStatus.Ok)
            {
                return described;
            }
        }

        EntryStatus status = ItemPutRules.Check(item, Options.Dimension);
        if (status != EntryStatus.Ok)
        {
            return status;
        }

        lock (_writer)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_log.Failure is not null)
            {
                return EntryStatus.StorageFailed;
            }

            CodedItem coded = _coder.Code(item, stackalloc uint[ItemPut.TagCountMax]);
            int row = -1;
            status = _stager.Put(change, coded, ref row);
            if (status == EntryStatus.Ok)
            {
                CatalogueEntry.AddPut(change.Entries, change.Id, row, coded);
                status = AppendWhenLarge(change);
            }

            return status;
        }
    }

    internal EntryStatus StageRemove(StagedChange change, OpaqueId item)
    {
        if (!item.IsValid)
        {
            return EntryStatus.IdLength;
        }

        lock (_writer)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_log.Failure is not null)
            {
                return EntryStatus.StorageFailed;
            }

            if (!_table.Ids.TryFind(item.Span, out int row) || !_stager.IsPresent(change, row))
            {
                return EntryStatus.UnknownItem;
            }

            _stager.Remove(change, row);
            CatalogueEntry.AddRemove(change.Entries, change.Id, row);
            return AppendWhenLarge(change);
        }
    }

    internal Task<ulong> PublishAsync(StagedChange change) => Task.Run(() =>
    {
        ulong generation = Publish(change, out List<int> revivedRows);
        if (!change.IsEmpty)
        {
            RaiseItemsKnown(change.Direct, revivedRows);
            VectorsPut?.Invoke(change.PutCount);
        }

        return generation;
    });

    internal void Drop(StagedChange change)
    {
        lock (_writer)
        {
            if (_isDisposed)
            {
                return;
            }

            // Replay must learn that the rows are free before it meets them again under other ids.
            if (change.FirstSequence != 0)
            {
                change.Entries.Clear();
                CatalogueEntry.AddAbort(change.Entries, change.Id);
                _log.TryAppend(change);
            }

            _stager.Drop(change);
        }
    }

    private ulong Publish(StagedChange change, out List<int> revivedRows)
    {
        revivedRows = [];
        lock (_writer)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (change.IsEmpty)
            {
                _stager.Drop(change);
                return Generation;
            }

            PrepareGraph(change);
            ulong generation = Generation + 1;
            CatalogueEntry.AddCommit(change.Entries, change, generation);
            if (!_log.TryAppend(change))
            {
                _stager.Drop(change);
                throw new CatalogueRefusedException(
                    EntryStatus.StorageFailed,
                    $"The catalogue's log takes no more ({_log.Failure}); nothing of the change is shown.");
            }

            // Durable before it is shown: an event folded with this change may become durable at any moment from then
            // on, and a log that names a version which the catalogue has lost cannot be replayed.
            CommitBeforeShowing(change);
            _stager.Publish(change, generation, revivedRows);
            if (change.PatchCount > 0 || change.Rules.Count > 0)
            {
                SetClock();
            }

            return generation;
        }
    }

    private EntryStatus AppendWhenLarge(StagedChange change) =>
        change.Entries.ByteCount < Options.AppendBytesTarget || _log.TryAppend(change)
            ? EntryStatus.Ok
            : EntryStatus.StorageFailed;

    private void CommitBeforeShowing(StagedChange change)
    {
        try
        {
            _log.CommitAsync().GetAwaiter().GetResult();
        }
        catch (EventLogException failure)
        {
            _stager.Drop(change);
            throw new CatalogueRefusedException(
                EntryStatus.StorageFailed, "The change is not durable and not shown: " + failure.Message, failure);
        }
    }

    private async Task<ItemChangeReply> ChangeAsync<T>(
        IReadOnlyList<T> items, Func<CatalogueChange, T, EntryStatus> stage)
    {
        var statuses = new EntryStatus[items.Count];
        using CatalogueChange change = BeginChange();
        for (int at = 0; at < statuses.Length; at++)
        {
            statuses[at] = stage(change, items[at]);
        }

        try
        {
            return new ItemChangeReply(statuses, await change.PublishAsync().ConfigureAwait(false));
        }
        catch (CatalogueRefusedException refused)
        {
            for (int at = 0; at < statuses.Length; at++)
            {
                statuses[at] = statuses[at] == EntryStatus.Ok ? refused.Status : statuses[at];
            }

            return new ItemChangeReply(statuses, Generation);
        }
    }

    private void RaiseItemsKnown(RowRuns newRows, List<int> revivedRows)
    {
        if (ItemsKnown is not { } known)
        {
            return;
        }

        if (revivedRows.Count > 0)
        {
            known(revivedRows.ToArray());
        }

        foreach (RowRun run in newRows.Runs)
        {
            for (int start = run.Start; start < run.End; start += KnownCountMax)
            {
                known(Enumerable.Range(start, Math.Min(KnownCountMax, run.End - start)).ToArray());
            }
        }
    }
}
