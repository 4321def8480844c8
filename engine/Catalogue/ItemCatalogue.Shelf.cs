using Ebb.Engine.Merchandising;

namespace Ebb.Engine.Catalogue;

/// <summary>
/// What a shop changes without a vector: stock, window, price; and windows that open and close by time.
/// </summary>
public sealed partial class ItemCatalogue
{
    private readonly List<int> _dueRows = [];
    private ShelfClock? _shelfClock;

    /// <summary>One change: patches every item that is known, publishes, and answers for each in order.</summary>
    public Task<ItemChangeReply> PatchAsync(IReadOnlyList<ItemPatch> patches) =>
        ChangeAsync(patches, static (change, patch) => change.Patch(patch));

    internal EntryStatus StagePatch(StagedChange change, ItemPatch patch)
    {
        EntryStatus status = patch.Check();
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

            if (!_table.Ids.TryFind(patch.Id.Span, out int row) || !_stager.IsPresent(change, row))
            {
                return EntryStatus.UnknownItem;
            }

            var staged = RowPatch.Of(patch);
            RowPatch whole = change.Patches.TryGetValue(row, out RowPatch former) ? former.Then(staged) : staged;
            if (_table.Shelf[row].With(whole).IsWindowEmpty)
            {
                return EntryStatus.TimeOutOfRange;
            }

            change.AddPatch(row, staged);
            CatalogueEntry.AddPatch(change.Entries, change.Id, row, staged);
            return AppendWhenLarge(change);
        }
    }

    /// <summary>After recovery: windows as of now, and the clock runs.</summary>
    private void StartShelf()
    {
        _shelfClock = new ShelfClock(Options.Clock, () => _ = Task.Run(TurnShelf));
        _table.NowMs = () => _shelfClock.NowMs;
        if (_table.Shelf.IsUsed)
        {
            _table.SettleShelf();
        }

        _table.Weights = RuleWeights.Build(_table.Rules, _table);
        SetClock();
    }

    private void SetClock() => _shelfClock!.Set(Math.Min(_table.Shelf.NextEdgeMs, _table.Rules.NextExpiryMs));

    /// <summary>
    /// Time passing is a change like others: a patch without fields, logged, with a generation of its own, so that
    /// filters and kept lists learn of it as they learn of any.
    /// </summary>
    private void TurnShelf()
    {
        StagedChange change;
        lock (_writer)
        {
            if (_isDisposed || _log.Failure is not null)
            {
                return;
            }

            _dueRows.Clear();
            _table.Shelf.TakeDue(_shelfClock!.NowMs, _dueRows);
            change = new StagedChange(_log.NextChangeId(), Options.Dimension);
            _stager.Begin(change);
            foreach (int row in _dueRows)
            {
                if (_table.IsWindowStale(row) && !change.Patches.ContainsKey(row))
                {
                    change.AddPatch(row, default);
                    CatalogueEntry.AddPatch(change.Entries, change.Id, row, default);
                }
            }

            ExpireRules(change);
        }

        try
        {
            Publish(change, out _);
        }
        catch (Exception failure) when (failure is CatalogueRefusedException or ObjectDisposedException)
        {
            // The log is stopped, and with it every change: the next call is told.
        }

        lock (_writer)
        {
            if (!_isDisposed)
            {
                SetClock();
            }
        }
    }
}
