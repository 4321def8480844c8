namespace Ebb.Engine.Graph;

/// <summary>
/// Vectors that flow along relations: a node without one of its own has what its neighbours give it. Keeps every layer,
/// so that a new edge or item recomputes the nodes within L steps of it and no others, to the same bits as a full pass.
/// Layer 0 is what was put and nothing else, so enrichment never feeds on itself. One thread at a time.
/// </summary>
public sealed class VectorGraph
{
    private readonly GraphOptions _options;
    private readonly int _dimension;
    private readonly Dictionary<GraphNode, int> _indexOf = [];
    private readonly List<GraphNode> _nodes = [];
    private readonly List<NodeLayers> _layers = [];
    private readonly HashSet<int> _changed = [];
    private readonly LayerSum _sum;
    private CommonDirection? _common;

    /// <exception cref="ArgumentException">The options cannot be.</exception>
    public VectorGraph(int dimension, GraphOptions options)
    {
        if (options.Problem() is { } problem)
        {
            throw new ArgumentException(problem, nameof(options));
        }

        _options = options;
        _dimension = dimension;
        Edges = new GraphEdges(options.Weights);
        _sum = new LayerSum(dimension, options);
    }

    public IReadOnlyList<GraphNode> Nodes => _nodes;

    internal GraphEdges Edges { get; }

    /// <summary>Gives a node a vector of its own; zeros or none: it has none.</summary>
    public void Put(GraphNode node, ReadOnlySpan<float> vector)
    {
        if (vector.Length != _dimension && !vector.IsEmpty)
        {
            throw new ArgumentException($"a vector of {vector.Length} elements in a graph of {_dimension}");
        }

        int index = IndexOf(node);
        _layers[index].Own(vector);
        _changed.Add(index);
    }

    /// <summary>
    /// Sets the direction that all items share, taken from their own vectors; it stays until this is called again, so
    /// that a new item changes its neighbours and nobody else.
    /// </summary>
    internal void SetCommon(CommonDirection common)
    {
        _common = common;
        for (int index = 0; index < _nodes.Count; index++)
        {
            if (!_layers[index].HasOwn)
            {
                _changed.Add(index);
            }
        }
    }

    /// <summary>The same, from what was put so far.</summary>
    public void TakeCommon()
    {
        var common = new CommonDirection(_dimension);
        for (int index = 0; index < _nodes.Count; index++)
        {
            if (_nodes[index].Kind == GraphNode.ItemKind && _layers[index].Vector(0) is { } own)
            {
                common.Add(own);
            }
        }

        SetCommon(common);
    }

    /// <summary>Both ends are neighbours of each other. False: nothing changed by it, and it is counted why.</summary>
    public bool AddEdge(string relation, GraphNode from, GraphNode to, double weight = 1)
    {
        bool isThere = _indexOf.TryGetValue(from, out int left) && _indexOf.TryGetValue(to, out int right)
            && Edges.Origins(relation, left, right) != EdgeOrigins.None;
        if (isThere)
        {
            Edges.RepeatedCount++;
            return false;
        }

        EdgeOutcome outcome = SetEdge(relation, (from, to), weight == 0 ? double.NaN : weight, EdgeOrigins.Given);
        return outcome == EdgeOutcome.Added && Edges.IsWeighted(relation);
    }

    /// <summary>
    /// Brings every layer up to date after puts and edges; says how many nodes were computed, layers counted apart.
    /// </summary>
    /// <param name="touched">Gets the nodes whose vector may have changed.</param>
    public int Propagate(ICollection<int>? touched = null)
    {
        HashSet<int> stale = [.. _changed];
        int computed = 0;
        for (int layer = 1; layer <= _options.LayerCount; layer++)
        {
            // A node's layer reads its own and its neighbours' layer below.
            HashSet<int> next = [.. stale];
            foreach (int index in stale)
            {
                foreach (NodeEdge edge in Edges.Around(index))
                {
                    next.Add(edge.To);
                }
            }

            foreach (int index in next)
            {
                // The last layer of what keeps its own is read by nobody: a large category costs no more for it.
                if (layer < _options.LayerCount || !IsKept(index))
                {
                    _sum.Compute(_layers, Edges, index, layer);
                    computed++;
                }
            }

            stale = next;
        }

        foreach (int index in stale)
        {
            touched?.Add(index);
        }

        _changed.Clear();
        return computed;
    }

    /// <summary>As of the last <see cref="Propagate"/>; empty where no vector reaches the node.</summary>
    public float[] Vector(GraphNode node) => _indexOf.TryGetValue(node, out int index) ? Vector(index) : [];

    public GraphCounts Count() => new()
    {
        NodeCount = _nodes.Count,
        EdgeCount = Edges.ServedCount(),
        LearnedEdgeCount = Edges.LearnedCount,
        UnknownRelations = Edges.Unknown(),
        RepeatedCount = Edges.RepeatedCount,
        LoopCount = Edges.RefusedCount,
        CycleCount = Edges.CycleCount(),
        ItemsWithoutVector = Enumerable.Range(0, _nodes.Count)
            .Count(index => _nodes[index].Kind == GraphNode.ItemKind && !_layers[index].HasOwn),
        UnreachedCount = Enumerable.Range(0, _nodes.Count).Count(index => Served(index) is null),
    };

    internal bool Knows(GraphNode node) => _indexOf.ContainsKey(node);

    /// <summary>The same by number: its place in <see cref="Nodes"/>.</summary>
    internal float[] Vector(int index)
    {
        if (Served(index) is not { } vector)
        {
            return [];
        }

        NodeLayers layers = _layers[index];
        double length = _options.KeepLength ? layers.Length(layers.HasOwn ? 0 : _options.LayerCount) : 1;
        if (!layers.HasOwn)
        {
            length *= Math.Pow(layers.Agreement, _options.Shrink);
            if (_nodes[index].Kind == GraphNode.ItemKind)
            {
                length *= _options.Length;
                vector = _common?.TakenFrom(vector, _options.Centre) ?? vector;
            }
        }

        return length == 1 ? vector : Array.ConvertAll(vector, element => (float)(element * length));
    }

    /// <summary>What attributes make the node's neighbours; a copy.</summary>
    internal (string Relation, GraphNode Node)[] AttributesOf(GraphNode node)
    {
        if (!_indexOf.TryGetValue(node, out int index))
        {
            return [];
        }

        var found = new List<(string, GraphNode)>();
        foreach (NodeEdge edge in Edges.Around(index))
        {
            string relation = Edges.Name(edge.Relation);
            if ((Edges.Origins(relation, index, edge.To) & EdgeOrigins.Attribute) != 0)
            {
                found.Add((relation, _nodes[edge.To]));
            }
        }

        return [.. found];
    }

    /// <summary>Says (or with weight 0 unsays) an edge; a new end becomes a node.</summary>
    internal EdgeOutcome SetEdge(
        string relation, (GraphNode From, GraphNode To) ends, double weight, EdgeOrigins origin)
    {
        bool isKnown = _indexOf.ContainsKey(ends.From) && _indexOf.ContainsKey(ends.To);
        if (!isKnown && weight == 0)
        {
            return EdgeOutcome.Same;
        }

        int from = IndexOf(ends.From);
        int to = IndexOf(ends.To);
        EdgeOutcome outcome = Edges.Set(relation, (from, to), weight, origin);
        if (outcome is EdgeOutcome.Added or EdgeOutcome.Changed or EdgeOutcome.Removed && Edges.IsWeighted(relation))
        {
            _changed.Add(from);
            _changed.Add(to);
        }

        return outcome;
    }

    private bool IsKept(int index) =>
        _options.KeepOwn && _layers[index].HasOwn && _nodes[index].Kind == GraphNode.ItemKind;

    private float[]? Served(int index) => _layers[index].Vector(IsKept(index) ? 0 : _options.LayerCount);

    private int IndexOf(GraphNode node)
    {
        if (!_indexOf.TryGetValue(node, out int index))
        {
            index = _nodes.Count;
            _indexOf.Add(node, index);
            _nodes.Add(node);
            Edges.AddNode();
            _layers.Add(new NodeLayers(_options.LayerCount));
            _changed.Add(index);
        }

        return index;
    }
}
