using System.Buffers;
using System.Globalization;
using Ebb.Engine.Graph;
using Ebb.Engine.Graph.Live;

namespace Ebb.Engine.Catalogue;

/// <summary>
/// The graph's part in changes: edges are staged like items, and what a change makes flow is put in the same change,
/// so that one generation shows an item and the vector that its neighbours give it.
/// </summary>
public sealed partial class ItemCatalogue
{
    /// <summary>Less than this is no other vector: no put for the last bits of a mean.</summary>
    private const float SameVector = 1e-6f;

    private GraphCounts _graphCounts = new();
    private (ulong Generation, int Repeated, int Refused) _graphCountsOf = (ulong.MaxValue, 0, 0);
    private int _computedCount;
    private int _itemsChanged;

    /// <summary>The graph as it is now, or as it was when a change is under way.</summary>
    public GraphCounts GraphCounts
    {
        get
        {
            if (_writer.TryEnter())
            {
                try
                {
                    CountGraph();
                }
                finally
                {
                    _writer.Exit();
                }
            }

            return Volatile.Read(ref _graphCounts);
        }
    }

    /// <summary>
    /// Says edges (weight 0: no more) as one generation, together with the vectors that change by them. Durable when it
    /// returns.
    /// </summary>
    public Task<GraphReply> PutEdgesAsync(IReadOnlyList<GraphEdge> edges) =>
        Task.Run(() => PutEdges(edges, EdgeOrigins.Given));

    /// <summary>
    /// The links (by rows, both live) become the learned edges; those that are no more go, and such as changed little
    /// stay as they are.
    /// </summary>
    internal GraphReply LearnEdges(IReadOnlyDictionary<(int, int), float> links)
    {
        lock (_writer)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _graph.Build();
            _graph.TakeCommon();
            return PutEdges(LearnedEdges.Difference(_graph, _table, links), EdgeOrigins.Learned);
        }
    }

    /// <summary>
    /// After an opening: vectors as this engine's options have them, where others wrote the log. Changes nothing where
    /// nothing is to change.
    /// </summary>
    internal void SettleGraph()
    {
        lock (_writer)
        {
            if (!_graph.IsUsed || _log.Failure is not null)
            {
                return;
            }

            var change = new StagedChange(_log.NextChangeId(), Options.Dimension);
            _stager.Begin(change);
            PrepareGraph(change);
            if (change is { IsEmpty: true, Kinds: { } kinds })
            {
                ShowKinds(kinds);
            }

            Publish(change, out _);
        }
    }

    // After recovery, where no change is needed to show them: they follow from what the log holds.
    private void ShowKinds(KindTables kinds)
    {
        _gate.EnterExclusive();
        _table.Kinds = kinds;
        _gate.ExitExclusive();
    }

    private GraphReply PutEdges(IReadOnlyList<GraphEdge> edges, EdgeOrigins origin)
    {
        var statuses = new EntryStatus[edges.Count];
        lock (_writer)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var change = new StagedChange(_log.NextChangeId(), Options.Dimension);
            _stager.Begin(change);
            _graph.Build();
            for (int at = 0; at < statuses.Length; at++)
            {
                statuses[at] = _log.Failure is null ? StageEdge(change, edges[at], origin) : EntryStatus.StorageFailed;
            }

            _computedCount = 0;
            _itemsChanged = 0;
            try
            {
                Publish(change, out _);
            }
            catch (CatalogueRefusedException refused)
            {
                statuses.AsSpan().Replace(EntryStatus.Ok, refused.Status);
            }

            return new GraphReply(statuses, Generation, CountGraph())
            {
                ComputedCount = _computedCount,
                ItemsChanged = _itemsChanged,
            };
        }
    }

    private EntryStatus StageEdge(StagedChange change, GraphEdge edge, EdgeOrigins origin)
    {
        EntryStatus status = edge.Check();
        bool isLoop = status == EntryStatus.Malformed && edge.From == edge.To;
        if (status != EntryStatus.Ok && !isLoop)
        {
            return status;
        }

        if (_graph.IsPastLimit(edge))
        {
            return EntryStatus.OutOfMemory;
        }

        // A loop goes there too, to be counted.
        EdgeOutcome outcome = _graph.Set(edge, origin);
        if (outcome is EdgeOutcome.Same or EdgeOutcome.Refused)
        {
            return outcome == EdgeOutcome.Same ? EntryStatus.Duplicate : status;
        }

        var staged = new StagedEdge(edge, origin);
        change.Edges.Add(staged);
        CatalogueEntry.AddEdge(change.Entries, change.Id, staged);
        return AppendWhenLarge(change);
    }

    /// <summary>
    /// What the change puts and takes goes into the graph, and what flows from it into the change. Called right before
    /// the change is committed; should that fail, the catalogue takes no more changes at all.
    /// </summary>
    private void PrepareGraph(StagedChange change)
    {
        if (!_graph.IsUsed)
        {
            return;
        }

        _graph.Build();
        _stager.FlushPending(change);
        foreach (RowRun run in change.Direct.Runs)
        {
            for (int row = run.Start; row < run.End; row++)
            {
                _graph.Put(_table.Ids.Id(row), _table.Matrix.Row(row), _table.Codes(row), _table.Tags(row));
            }
        }

        foreach ((int row, AsideItem? aside) in change.Aside)
        {
            if (aside is null)
            {
                _graph.Remove(_table.Ids.Id(row));
            }
            else if (aside.Item is { Own.IsEmpty: true } item)
            {
                _graph.Put(_table.Ids.Id(row), item.Vector, item.Codes, item.Tags);
            }
        }

        (IReadOnlyList<int> touched, int computed) = _graph.Flow();
        _computedCount += computed;
        foreach (int node in touched)
        {
            StageFlow(change, node);
        }

        change.Kinds = _graph.KindsAfter(touched, _table.Kinds);
    }

    private void StageFlow(StagedChange change, int node)
    {
        GraphNode of = _graph.Nodes[node];
        if (of.Kind != GraphNode.ItemKind || !_table.Ids.TryFind(GraphEnd.Of(of).Id.Span, out int row)
            || !_stager.IsPresent(change, row))
        {
            return;
        }

        AsideItem? aside = change.Aside.GetValueOrDefault(row);
        ReadOnlySpan<float> shown = aside is null ? _table.Matrix.Row(row) : aside.Item.Vector;
        ReadOnlySpan<float> own = aside is null
            ? _table.Own.Of(row, _table.Matrix)
            : aside.Item.Own.IsEmpty ? shown : aside.Item.Own;
        bool isKept = _graph.Options.Flow.KeepOwn && own.ContainsAnyExcept(0f);
        ReadOnlySpan<float> flown = isKept ? own : _graph.Vector(node);
        flown = flown.IsEmpty ? own : flown;
        if (AreSame(shown, flown))
        {
            return;
        }

        bool isOwn = flown == own;
        float[] vector = flown.ToArray();
        float[] setAside = isOwn ? [] : own.ToArray();
        uint[] tags = (aside is null ? _table.Tags(row) : aside.Item.Tags).ToArray();
        bool inStock = aside?.Item.InStock ?? _table.InStock(row);
        var item = new CodedItem
        {
            Id = _table.Ids.Id(row),
            Vector = vector,
            Own = setAside,
            Codes = aside?.Item.Codes ?? _table.Codes(row),
            Tags = tags,
            InStock = change.Patches.TryGetValue(row, out RowPatch patch) && patch.Has(RowPatch.StockField)
                ? patch.InStock
                : inStock,
        };
        if (_stager.Put(change, item, ref row) == EntryStatus.Ok)
        {
            CatalogueEntry.AddPut(change.Entries, change.Id, row, item);
            AppendWhenLarge(change);
            _itemsChanged++;
        }
    }

    private GraphCounts CountGraph()
    {
        (ulong, int, int) now = (Generation, _graph.Edges.RepeatedCount, _graph.Edges.RefusedCount);
        if (_graph.IsUsed && _graphCountsOf != now)
        {
            _graphCountsOf = now;
            Volatile.Write(ref _graphCounts, _graph.Count());
        }

        return _graphCounts;
    }

    /// <summary>The edges of the log, a line each: for comparing catalogues.</summary>
    internal IReadOnlyList<string> DescribeEdges()
    {
        lock (_writer)
        {
            return
            [
                .. from origin in new[] { EdgeOrigins.Given, EdgeOrigins.Learned }
                   from edge in _graph.Edges.Of(origin)
                   let ends = new[] { _graph.Nodes[edge.From].ToString(), _graph.Nodes[edge.To].ToString() }
                   let between = string.Join(' ', ends.Order(StringComparer.Ordinal))
                   select string.Create(
                       CultureInfo.InvariantCulture, $"{origin} {edge.Relation} {between} {edge.Weight}"),
            ];
        }
    }

    /// <summary>Every edge that is in the log, as the base writes it.</summary>
    private ReadOnlyMemory<byte> EncodeEdges()
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (EdgeOrigins origin in new[] { EdgeOrigins.Given, EdgeOrigins.Learned })
        {
            foreach ((string relation, int from, int to, double weight) in _graph.Edges.Of(origin))
            {
                var edge = new GraphEdge(
                    relation, GraphEnd.Of(_graph.Nodes[from]), GraphEnd.Of(_graph.Nodes[to]), (float)weight);
                int length = EdgeCodec.BytesOf(edge);
                Span<byte> room = bytes.GetSpan(length)[..length];
                room.Clear();
                EdgeCodec.Write(edge, origin, room);
                bytes.Advance(length);
            }
        }

        return bytes.WrittenMemory;
    }

    private static bool AreSame(ReadOnlySpan<float> shown, ReadOnlySpan<float> flown)
    {
        for (int d = 0; d < shown.Length; d++)
        {
            if (Math.Abs(shown[d] - flown[d]) > SameVector)
            {
                return false;
            }
        }

        return true;
    }
}
