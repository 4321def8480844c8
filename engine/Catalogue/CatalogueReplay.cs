using Ebb.Engine.Graph;
using Ebb.Engine.Graph.Live;
using Ebb.Engine.Log;
using Ebb.Engine.Merchandising;

namespace Ebb.Engine.Catalogue;

/// <summary>
/// Brings a table from a base to the end of the log by staging and publishing what the entries say. Changes without
/// Commit leave nothing. One thread, before anyone else sees the table.
/// </summary>
internal sealed class CatalogueReplay
{
    private readonly ItemTable _table;
    private readonly ChangeStager _stager;
    private readonly BaseSnapshot _base;
    private readonly HashSet<ulong> _openInBase;
    private readonly Dictionary<ulong, StagedChange> _open = [];
    private readonly List<int> _revivedRows = [];
    private readonly LiveGraph _graph;
    private readonly float[] _vector;
    private readonly float[] _own;
    private readonly uint[] _tags = new uint[ItemPut.TagCountMax];

    private uint _epoch;

    public CatalogueReplay(ItemTable table, ChangeStager stager, BaseSnapshot snapshot, LiveGraph graph)
    {
        _graph = graph;
        _table = table;
        _stager = stager;
        _base = snapshot;
        _openInBase = [.. snapshot.OpenChanges];
        _vector = new float[table.Matrix.Dimension];
        _own = new float[table.Matrix.Dimension];
        stager.Generation = snapshot.Generation;
    }

    /// <exception cref="EngineStartException">The log lacks what the base needs, or contradicts itself.</exception>
    public void Run(IEventLog log, ulong tail)
    {
        const ushort partition = IEventLog.CataloguePartition;
        ulong first = log.FirstSequence(partition);
        if (tail < _base.Sequence || (first > _base.ReplaySequence && tail >= _base.ReplaySequence))
        {
            throw new EngineStartException(
                $"The catalogue's log holds entries {first} to {tail}; its base needs {_base.ReplaySequence} to"
                + $" {_base.Sequence} and all after. Restore log and base together.");
        }

        ulong last = _base.ReplaySequence - 1;
        using (IEventLogReader reader = log.ReadFrom(partition, _base.ReplaySequence))
        {
            while (reader.MoveNext())
            {
                last = reader.Position.Sequence;
                Apply(last, reader.Payload);
            }
        }

        if (last < tail)
        {
            throw new EngineStartException(
                $"The catalogue's log ends at {last} and not at {tail}. Restore the folder.");
        }

        foreach (StagedChange change in _open.Values)
        {
            _stager.Drop(change);
        }

        _table.CollectFreeRows();
    }

    private void Apply(ulong sequence, ReadOnlySpan<byte> payload)
    {
        if (!CatalogueEntry.TryRead(payload, out CatalogueEntry entry))
        {
            throw Broken(sequence, "is of a newer format or damaged");
        }

        if (entry.Kind == CatalogueEntryKind.Define)
        {
            if (!_table.Dictionary(entry.AttributeKind).TryDefine(entry.Code, entry.Text))
            {
                throw Broken(sequence, $"contradicts the known text of code {entry.Code}");
            }

            return;
        }

        // What was decided before the base is in the base, or was dropped and its rows may belong to others by now.
        if (sequence <= _base.Sequence && !_openInBase.Contains(entry.Change))
        {
            return;
        }

        DropOlderThan(entry.Change);
        ApplyToChange(sequence, entry);
    }

    private void ApplyToChange(ulong sequence, CatalogueEntry entry)
    {
        if (!_open.TryGetValue(entry.Change, out StagedChange? change))
        {
            change = new StagedChange(entry.Change, _vector.Length);
            _open.Add(entry.Change, change);
            _stager.Begin(change);
        }

        switch (entry.Kind)
        {
            case CatalogueEntryKind.Put:
                Put(sequence, change, entry);
                break;
            case CatalogueEntryKind.Remove:
                _stager.Remove(change, entry.Row);
                break;
            case CatalogueEntryKind.Patch:
                change.AddPatch(entry.Row, entry.Patch);
                break;
            case CatalogueEntryKind.Rule:
                if (!RuleCodec.TryRead(entry.RuleBytes, out RuleChange rule))
                {
                    throw Broken(sequence, "holds a rule of a newer format or damaged");
                }

                change.Rules.Add(rule);
                break;
            case CatalogueEntryKind.Edge:
                if (EdgeCodec.Read(entry.EdgeBytes, out GraphEdge edge, out EdgeOrigins origin) == 0)
                {
                    throw Broken(sequence, "holds an edge of a newer format or damaged");
                }

                change.Edges.Add(new StagedEdge(edge, origin));
                break;
            case CatalogueEntryKind.Commit:
                Publish(sequence, change, entry);
                break;
            default:
                _open.Remove(change.Id);
                _stager.Drop(change);
                break;
        }
    }

    private void Put(ulong sequence, StagedChange change, CatalogueEntry entry)
    {
        if (entry.Dimension != _vector.Length)
        {
            throw new EngineStartException(
                $"The catalogue's log holds vectors of dimension {entry.Dimension}, not {_vector.Length}."
                + $" Open with {entry.Dimension}.");
        }

        entry.ReadVector(_vector);
        int row = entry.Row;
        bool isTakenByOther = row < _table.RowCount && !_table.Ids.Id(row).IsEmpty
            && !_table.Ids.Id(row).SequenceEqual(entry.Id);
        var item = new CodedItem
        {
            Id = entry.Id,
            Vector = _vector,
            Codes = entry.Codes,
            Own = entry.ReadOwn(_own),
            Tags = entry.ReadTags(_tags),
            InStock = entry.InStock,
        };
        EntryStatus status = isTakenByOther ? EntryStatus.Malformed : _stager.Put(change, item, ref row);
        if (status == EntryStatus.OutOfMemory)
        {
            throw new EngineStartException(
                $"The catalogue needs more than the memory for vectors at row {row:N0}. Raise that limit.");
        }

        if (status != EntryStatus.Ok || row != entry.Row)
        {
            throw Broken(sequence, $"names row {entry.Row}, which belongs to another id");
        }
    }

    private void Publish(ulong sequence, StagedChange change, CatalogueEntry entry)
    {
        if (change.PutCount != entry.PutCount || change.RemoveCount != entry.RemoveCount
            || change.PatchCount != entry.PatchCount || change.Rules.Count != entry.RuleCount
            || change.Edges.Count != entry.EdgeCount)
        {
            throw Broken(
                sequence, $"commits {entry.PutCount} puts, {entry.RemoveCount} removals and {entry.PatchCount} patches,"
                + $" of which {change.PutCount}, {change.RemoveCount} and {change.PatchCount} are there, and"
                + $" {entry.RuleCount} rules, of which {change.Rules.Count} are, and {entry.EdgeCount} edges, of which"
                + $" {change.Edges.Count} are");
        }

        if (entry.Generation != _stager.Generation + 1)
        {
            throw Broken(sequence, $"has generation {entry.Generation} after {_stager.Generation}");
        }

        _open.Remove(change.Id);
        _revivedRows.Clear();
        _stager.Publish(change, entry.Generation, _revivedRows);
        foreach (StagedEdge staged in change.Edges)
        {
            _graph.Set(staged.Edge, staged.Origin);
        }
    }

    // The upper half of a change's id is the epoch it was staged in: when a newer one writes, its process is gone.
    private void DropOlderThan(ulong change)
    {
        uint epoch = (uint)(change >> 32);
        if (epoch <= _epoch)
        {
            return;
        }

        _epoch = epoch;
        foreach (StagedChange stale in _open.Values.Where(open => (uint)(open.Id >> 32) < epoch).ToArray())
        {
            _open.Remove(stale.Id);
            _stager.Drop(stale);
        }
    }

    private static EngineStartException Broken(ulong sequence, string what) =>
        new($"Entry {sequence} of the catalogue's log {what}. Restore the folder or start from an older base.");
}
