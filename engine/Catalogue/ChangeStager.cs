using Ebb.Engine.Merchandising;
using Ebb.Kernels.Memory;

namespace Ebb.Engine.Catalogue;

/// <summary>
/// Stages changes into the table and shows or drops them: the same code serves callers and replay of the log. Called
/// under the catalogue's writer lock; closes the gate itself, and only for as long as rows change that leases see.
/// </summary>
internal sealed class ChangeStager(ItemTable table, CatalogueGate gate, FilterCache filters)
{
    private readonly List<StagedChange> _open = [];

    public IReadOnlyList<StagedChange> Open => _open;

    /// <summary>Where superseded vectors go during recovery.</summary>
    public CatalogueHistory? History { get; set; }

    /// <summary>Charged for vectors held aside; null (recovery) charges nothing, as those held them before.</summary>
    public MemoryBudget? AsideBudget { get; set; }

    public required int PendingBytesMax { get; init; }

    /// <summary>Changed under the gate, together with what it numbers.</summary>
    public ulong Generation { get; set; }

    private long AsideBytes => (long)table.Matrix.Dimension * sizeof(float);

    public void Begin(StagedChange change) => _open.Add(change);

    /// <summary>
    /// Stages an item. A new id takes the row given, or a free one when that is negative; row says which it has.
    /// </summary>
    public EntryStatus Put(StagedChange change, in CodedItem item, ref int row)
    {
        EntryStatus status;
        if (table.Ids.TryFind(item.Id, out int knownRow))
        {
            row = knownRow;
            status = table.IsHidden(row) && !TryContest(change, row)
                ? EntryStatus.OutOfMemory
                : PutAside(change, row, item);
        }
        else
        {
            row = row < 0 ? table.NextFreeRow() : row;
            status = PutDirect(change, row, item);
        }

        change.PutCount += status == EntryStatus.Ok ? 1u : 0;
        if (status == EntryStatus.Ok && change.Patches.TryGetValue(row, out RowPatch patch))
        {
            change.Patches[row] = patch.WithoutStock();
        }

        return status;
    }

    public void Remove(StagedChange change, int row)
    {
        ReleaseAside(change, row);
        change.Aside[row] = null;
        change.Patches.Remove(row);
        change.RemoveCount++;
    }

    /// <summary>Whether the item would be there if this change were published now.</summary>
    public bool IsPresent(StagedChange change, int row)
    {
        if (change.Aside.TryGetValue(row, out AsideItem? aside))
        {
            return aside is not null;
        }

        return table.IsHidden(row) ? change.Direct.Contains(row) : table.IsLive(row);
    }

    /// <summary>Shows a change as the next generation.</summary>
    public void Publish(StagedChange change, ulong generation, List<int> revivedRows)
    {
        _open.Remove(change);
        PrepareDirect(change, generation);
        gate.EnterExclusive();
        try
        {
            WritePending(change);
            foreach (RowRun run in change.Direct.Runs)
            {
                table.Show(run);
            }

            foreach ((int row, AsideItem? aside) in change.Aside)
            {
                ShowAside(row, aside, generation, revivedRows);
            }

            foreach ((int row, RowPatch patch) in change.Patches)
            {
                table.OfferGeneration = table.Patch(row, patch) ? generation : table.OfferGeneration;
            }

            table.Kinds = change.Kinds ?? table.Kinds;
            ShowRules(change);
            table.OfferGeneration = change.Rules.Count > 0 ? generation : table.OfferGeneration;
            filters.Update(change);
            Generation = generation;
        }
        finally
        {
            gate.ExitExclusive();
        }

        ReleaseAllAside(change);
    }

    /// <summary>Forgets a change; rows that only it held are free again.</summary>
    public void Drop(StagedChange change)
    {
        _open.Remove(change);
        ReleaseAllAside(change);
        gate.EnterExclusive();
        try
        {
            foreach (int row in change.Aside.Keys)
            {
                if (table.IsHidden(row) && !change.Direct.Contains(row) && !IsClaimed(row))
                {
                    table.Release(row);
                    table.AddFreeRows(row, 1);
                }
            }

            foreach (RowRun run in change.Direct.Runs)
            {
                for (int row = run.Start; row < run.End; row++)
                {
                    table.Release(row);
                }

                table.AddFreeRows(run.Start, run.Count);
            }
        }
        finally
        {
            gate.ExitExclusive();
        }
    }

    // What can be done to rows that no lease looks at yet, so that the gate is closed for less.
    private void PrepareDirect(StagedChange change, ulong generation)
    {
        foreach ((int row, AsideItem? aside) in change.Aside)
        {
            if (aside is null && table.IsHidden(row))
            {
                change.Direct.Remove(row);
            }
        }

        foreach (RowRun run in change.Direct.Runs)
        {
            table.SetVersions(run, generation);
        }
    }

    private EntryStatus PutDirect(StagedChange change, int row, in CodedItem item)
    {
        if (table.Ids.IsFull || (!table.HasCapacity(row + 1) && !TryGrow(row + 1)))
        {
            return EntryStatus.OutOfMemory;
        }

        // Only in replay: a removal that found no id (RemoveRow says why), now overruled.
        ReleaseAside(change, row);
        table.Hide(row, item);
        change.Direct.Add(row);
        change.Pending.Add(row, item.Vector);
        if (change.Pending.ByteCount >= PendingBytesMax)
        {
            FlushPending(change);
        }

        return EntryStatus.Ok;
    }

    private EntryStatus PutAside(StagedChange change, int row, in CodedItem item)
    {
        bool isReserved = change.Aside.TryGetValue(row, out AsideItem? former) && former is not null;
        if (!isReserved && !TryReserveAside())
        {
            return EntryStatus.OutOfMemory;
        }

        change.Aside[row] = new AsideItem(item);
        return EntryStatus.Ok;
    }

    // A hidden row holds the data of the change that took it. When a second one stages the same id, neither may write
    // the row before it is published, or the other would show it: the first one's data moves aside.
    private bool TryContest(StagedChange change, int row)
    {
        StagedChange? owner = _open.Find(other => other != change && other.Direct.Contains(row));
        if (owner is null)
        {
            return true;
        }

        // Or it would write the row when it is published, over what the other showed there.
        FlushPending(owner);
        if (!owner.Aside.ContainsKey(row))
        {
            if (!TryReserveAside())
            {
                return false;
            }

            owner.Aside[row] = new AsideItem(new CodedItem
            {
                Id = default,
                Vector = table.Matrix.Row(row),
                Codes = table.Codes(row),
                Tags = table.Tags(row),
                InStock = table.InStock(row),
            });
        }

        return owner.Direct.Remove(row);
    }

    private bool IsClaimed(int row) =>
        _open.Exists(other => other.Aside.ContainsKey(row) || other.Direct.Contains(row));

    private void ShowAside(int row, AsideItem? aside, ulong generation, List<int> revivedRows)
    {
        if (aside is null)
        {
            RemoveRow(row);
            return;
        }

        CodedItem item = aside.Item;
        var run = new RowRun(row, 1);
        if (table.Version(row) != 0 && table.Version(row) != generation)
        {
            History?.Keep(row, table.Version(row), table.Matrix.Row(row));
        }

        if (!table.IsLive(row))
        {
            revivedRows.Add(row);
        }

        table.Matrix.Write(row, item.Vector);
        table.Own.Set(row, item.Own);
        table.SetAttributes(row, item);
        table.SetVersions(run, generation);
        table.Show(run);
    }

    private void RemoveRow(int row)
    {
        // Only in replay: a base leaves out rows put again while it was written; a removal before that finds no id.
        if (row >= table.RowCount || table.Ids.Id(row).IsEmpty)
        {
            return;
        }

        if (!table.IsHidden(row))
        {
            table.Remove(row);
        }
        else if (!IsClaimed(row))
        {
            // Put and taken back without ever having been shown: as if it had never been.
            table.Release(row);
            table.AddFreeRows(row, 1);
        }
    }

    /// <summary>
    /// The rules of the change, and the rows of the change under the rules. All rows are looked at again only when
    /// rules changed, or when one names what no item had so far.
    /// </summary>
    private void ShowRules(StagedChange change)
    {
        foreach (RuleChange rule in change.Rules)
        {
            table.Rules = table.Rules.With(rule);
        }

        bool hasPuts = change.Direct.RowCount + change.Aside.Count > 0;
        if (change.Rules.Count > 0 || (hasPuts && table.Weights is { HasUnknownValue: true }))
        {
            table.Weights = RuleWeights.Build(table.Rules, table);
            return;
        }

        if (table.Weights is not { } weights)
        {
            return;
        }

        foreach (RowRun run in change.Direct.Runs)
        {
            for (int row = run.Start; row < run.End; row++)
            {
                weights.Update(row, table);
            }
        }

        foreach (int row in change.Aside.Keys)
        {
            weights.Update(row, table);
        }
    }

    /// <summary>Vectors of new rows into the matrix, out of sight.</summary>
    public void FlushPending(StagedChange change)
    {
        gate.EnterExclusive();
        try
        {
            WritePending(change);
        }
        finally
        {
            gate.ExitExclusive();
        }
    }

    private void WritePending(StagedChange change)
    {
        ReadOnlySpan<int> rows = change.Pending.Rows;
        for (int at = 0; at < rows.Length; at++)
        {
            table.Matrix.Write(rows[at], change.Pending.Vector(at));
        }

        change.Pending.Clear();
    }

    private bool TryGrow(int rowCount)
    {
        gate.EnterExclusive();
        try
        {
            return table.TryGrow(rowCount);
        }
        finally
        {
            gate.ExitExclusive();
        }
    }

    private bool TryReserveAside()
    {
        try
        {
            AsideBudget?.Reserve(AsideBytes, "An item replaced by an open change");
            return true;
        }
        catch (MemoryBudgetExceededException)
        {
            return false;
        }
    }

    private void ReleaseAside(StagedChange change, int row)
    {
        if (change.Aside.Remove(row, out AsideItem? former) && former is not null)
        {
            AsideBudget?.Release(AsideBytes);
        }
    }

    private void ReleaseAllAside(StagedChange change)
    {
        foreach (AsideItem? aside in change.Aside.Values)
        {
            if (aside is not null)
            {
                AsideBudget?.Release(AsideBytes);
            }
        }
    }
}
