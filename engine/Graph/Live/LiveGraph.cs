using System.Runtime.InteropServices;
using Ebb.Engine.Catalogue;

namespace Ebb.Engine.Graph.Live;

/// <summary>
/// The graph of a catalogue: its edges from log, base and attributes, and its items' own vectors, never those that it
/// gave them. Built when first needed after recovery. Under the catalogue's writer lock.
/// </summary>
internal sealed class LiveGraph(ItemTable table, LiveGraphOptions options)
{
    private const int CommonItemsMin = 100;

    private readonly VectorGraph _graph = new(table.Matrix.Dimension, options.Flow);
    private readonly List<(string Relation, GraphNode Node)> _attributes = [];
    private readonly List<int> _touched = [];
    private readonly Dictionary<string, List<int>> _byKind = new(StringComparer.Ordinal);
    private int _sortedCount;
    private bool _isBuilt;
    private bool _hasCommon;

    public LiveGraphOptions Options => options;

    /// <summary>Without an edge, a graph costs nothing.</summary>
    public bool IsUsed => options.Attributes || _graph.Nodes.Count > 0;

    public GraphEdges Edges => _graph.Edges;

    public IReadOnlyList<GraphNode> Nodes => _graph.Nodes;

    public EdgeOutcome Set(GraphEdge edge, EdgeOrigins origin)
    {
        (GraphNode From, GraphNode To) ends = (edge.From.ToNode(), edge.To.ToNode());
        int nodeCount = _graph.Nodes.Count;
        EdgeOutcome outcome = _graph.SetEdge(edge.Relation, ends, edge.Weight, origin);
        for (int node = nodeCount; node < _graph.Nodes.Count && _isBuilt; node++)
        {
            // An item that was there before any edge named it.
            GraphNode added = _graph.Nodes[node];
            if (added.Kind == GraphNode.ItemKind && table.Ids.TryFind(GraphEnd.Of(added).Id.Span, out int row)
                && table.IsLive(row))
            {
                _graph.Put(added, table.Own.Of(row, table.Matrix));
            }
        }

        return outcome;
    }

    /// <summary>Whether it is one more edge than there are.</summary>
    public bool IsPastLimit(GraphEdge edge) => edge.Weight > 0 && Edges.Count >= options.EdgeCountMax;

    /// <summary>After recovery, once: all live items, as nodes where edges name them or attributes make them.</summary>
    public void Build()
    {
        if (_isBuilt)
        {
            return;
        }

        _isBuilt = true;
        for (int row = 0; row < table.RowCount && IsUsed; row++)
        {
            if (table.IsLive(row))
            {
                Put(table.Ids.Id(row), table.Own.Of(row, table.Matrix), table.Codes(row), table.Tags(row));
            }
        }
    }

    /// <summary>An item that is put, with its own vector.</summary>
    public void Put(ReadOnlySpan<byte> id, ReadOnlySpan<float> own, in ItemCodes codes, ReadOnlySpan<uint> tags)
    {
        GraphNode node = NodeOf(id);
        if (options.Attributes)
        {
            SetAttributes(node, codes, tags);
        }

        if (options.Attributes || _graph.Knows(node))
        {
            _graph.Put(node, own);
        }
    }

    /// <summary>The edges of an item that goes stay, for when it comes back; what it passes on does not.</summary>
    public void Remove(ReadOnlySpan<byte> id)
    {
        GraphNode node = NodeOf(id);
        if (_graph.Knows(node))
        {
            SetAttributes(node, default, []);
            _graph.Put(node, []);
        }
    }

    /// <summary>Brings vectors up to date; the nodes that may have changed, and how many were computed.</summary>
    public (IReadOnlyList<int> Touched, int ComputedCount) Flow()
    {
        Build();
        if (!_hasCommon)
        {
            TakeCommon();
        }

        _touched.Clear();
        int computed = _graph.Propagate(_touched);
        return (_touched, computed);
    }

    /// <summary>
    /// Takes the direction that all items share anew: at the first flow with so many items that it says something, at
    /// every start and when asked, and not with each item, which would change all the others.
    /// </summary>
    public void TakeCommon()
    {
        if (options.Flow.Centre == 0 || table.LiveCount < CommonItemsMin)
        {
            return;
        }

        var common = new CommonDirection(table.Matrix.Dimension);
        for (int row = 0; row < table.RowCount; row++)
        {
            if (table.IsLive(row))
            {
                common.Add(table.Own.Of(row, table.Matrix));
            }
        }

        _hasCommon = common.Count >= CommonItemsMin;
        if (_hasCommon)
        {
            _graph.SetCommon(common);
        }
    }

    /// <summary>Tables of the kinds that the nodes touched are of, made anew; null: no kind but items is among them.
    /// </summary>
    public KindTables? KindsAfter(IReadOnlyList<int> touched, KindTables before)
    {
        for (; _sortedCount < _graph.Nodes.Count; _sortedCount++)
        {
            string kind = _graph.Nodes[_sortedCount].Kind;
            (CollectionsMarshal.GetValueRefOrAddDefault(_byKind, kind, out _) ??= []).Add(_sortedCount);
        }

        string[] stale =
        [
            .. touched.Select(node => _graph.Nodes[node].Kind).Distinct().Where(kind => kind != GraphNode.ItemKind),
        ];
        return stale.Length == 0 ? null : before.With(stale.Select(kind => (kind, TableOf(kind))));
    }

    public float[] Vector(int node) => _graph.Vector(node);

    public GraphCounts Count() => _graph.Count() with
    {
        DanglingCount = _graph.Nodes.Count(node => node.Kind == GraphNode.ItemKind
            && !(table.Ids.TryFind(GraphEnd.Of(node).Id.Span, out int row) && table.IsLive(row))),
        EnrichedCount = table.Own.Count,
    };

    private KindTable TableOf(string kind) => new(
        table.Matrix.Dimension,
        _byKind[kind].Select(node => (GraphEnd.Of(_graph.Nodes[node]).Id, _graph.Vector(node)))
            .Where(node => node.Item2.Length > 0));

    private void SetAttributes(GraphNode node, in ItemCodes codes, ReadOnlySpan<uint> tags)
    {
        _attributes.Clear();
        Add("category", AttributeKind.Category, codes.Category);
        Add("brand", AttributeKind.Brand, codes.Brand);
        Add("merchant", AttributeKind.Merchant, codes.Merchant);
        foreach (uint tag in tags)
        {
            Add("tag", AttributeKind.Tag, tag);
        }

        foreach ((string relation, GraphNode other) in _graph.AttributesOf(node))
        {
            if (!_attributes.Remove((relation, other)))
            {
                _graph.SetEdge(relation, (node, other), 0, EdgeOrigins.Attribute);
            }
        }

        foreach ((string relation, GraphNode other) in _attributes)
        {
            _graph.SetEdge(relation, (node, other), 1, EdgeOrigins.Attribute);
        }
    }

    private void Add(string relation, AttributeKind kind, uint code)
    {
        // A relation without a weight would only be counted as unknown.
        if (code != 0 && Edges.IsWeighted(relation))
        {
            _attributes.Add((relation, new GraphEnd(relation, table.Dictionary(kind).Text(code)!).ToNode()));
        }
    }

    private static GraphNode NodeOf(ReadOnlySpan<byte> id) =>
        GraphEnd.Item(new OpaqueId(id.ToArray())).ToNode();
}
