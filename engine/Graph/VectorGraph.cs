using System.Runtime.InteropServices;

namespace Ebb.Engine.Graph;

/// <summary>
/// Vectors that flow along relations: a node without one of its own has what its neighbours give it. Keeps every layer,
/// so that a new edge or item recomputes the nodes within L steps of it and no others, to the same bits as a full pass.
/// One thread at a time.
/// </summary>
public sealed class VectorGraph
{
    private readonly GraphOptions _options;
    private readonly int _dimension;
    private readonly Dictionary<GraphNode, int> _indexOf = [];
    private readonly List<GraphNode> _nodes = [];
    private readonly List<List<Edge>> _edges = [];
    private readonly List<float[]?[]> _layers = [];
    private readonly List<double> _agreements = [];
    private readonly List<int> _roots = [];
    private readonly HashSet<(int, int, int)> _known = [];
    private readonly string[] _relations;
    private readonly Dictionary<string, int> _unknown = [];
    private readonly HashSet<int> _changed = [];
    private readonly double[] _sum;
    private readonly double[] _mean;
    private int _repeatedCount;
    private int _loopCount;
    private int _cycleCount;

    /// <exception cref="ArgumentException">The options cannot be.</exception>
    public VectorGraph(int dimension, GraphOptions options)
    {
        if (options.Problem() is { } problem)
        {
            throw new ArgumentException(problem, nameof(options));
        }

        _options = options;
        _dimension = dimension;
        _relations = [.. options.Weights.Keys.Order(StringComparer.Ordinal)];
        _sum = new double[dimension];
        _mean = new double[dimension];
    }

    public IReadOnlyList<GraphNode> Nodes => _nodes;

    /// <summary>Gives a node a vector of its own; zeros or null: none.</summary>
    public void Put(GraphNode node, ReadOnlySpan<float> vector)
    {
        if (vector.Length != _dimension && !vector.IsEmpty)
        {
            throw new ArgumentException($"a vector of {vector.Length} elements in a graph of {_dimension}");
        }

        int index = IndexOf(node);
        _layers[index][0] = vector.ContainsAnyExcept(0f) ? Normalised(vector) : null;
        _changed.Add(index);
    }

    /// <summary>Both ends are neighbours of each other. False: nothing changed by it, and it is counted why.</summary>
    public bool AddEdge(string relation, GraphNode from, GraphNode to, double weight = 1)
    {
        int at = Array.BinarySearch(_relations, relation, StringComparer.Ordinal);
        if (at < 0)
        {
            _unknown[relation] = _unknown.GetValueOrDefault(relation) + 1;
            return false;
        }

        if (from == to || !(weight > 0 && double.IsFinite(weight)))
        {
            _loopCount++;
            return false;
        }

        int left = IndexOf(from);
        int right = IndexOf(to);
        if (!_known.Add((at, Math.Min(left, right), Math.Max(left, right))))
        {
            _repeatedCount++;
            return false;
        }

        _edges[left].Add(new Edge(at, right, weight));
        _edges[right].Add(new Edge(at, left, weight));
        Join(left, right);
        _changed.Add(left);
        _changed.Add(right);
        return true;
    }

    /// <summary>Brings every layer up to date after puts and edges; says how many nodes were computed.</summary>
    public int Propagate()
    {
        HashSet<int> stale = [.. _changed];
        int computed = 0;
        for (int layer = 1; layer <= _options.LayerCount; layer++)
        {
            // A node's layer reads its own and its neighbours' layer below.
            HashSet<int> next = [.. stale];
            foreach (int index in stale)
            {
                foreach (Edge edge in _edges[index])
                {
                    next.Add(edge.To);
                }
            }

            foreach (int index in next)
            {
                _layers[index][layer] = Layer(index, layer);
            }

            computed += next.Count;
            stale = next;
        }

        _changed.Clear();
        return computed;
    }

    /// <summary>
    /// A unit vector, shorter for a node without one of its own where the options shrink; empty where none reaches the
    /// node. As of the last <see cref="Propagate"/>.
    /// </summary>
    public float[] Vector(GraphNode node)
    {
        if (!_indexOf.TryGetValue(node, out int index) || _layers[index][_options.LayerCount] is not { } vector)
        {
            return [];
        }

        double length = _layers[index][0] is null ? Math.Pow(_agreements[index], _options.Shrink) : 1;
        return length == 1 ? vector : Array.ConvertAll(vector, element => (float)(element * length));
    }

    public GraphCounts Count() => new()
    {
        NodeCount = _nodes.Count,
        EdgeCount = _known.Count,
        UnknownRelations = new SortedDictionary<string, int>(_unknown, StringComparer.Ordinal),
        RepeatedCount = _repeatedCount,
        LoopCount = _loopCount,
        CycleCount = _cycleCount,
        ItemsWithoutVector = Enumerable.Range(0, _nodes.Count)
            .Count(index => _nodes[index].Kind == GraphNode.ItemKind && _layers[index][0] is null),
        UnreachedCount = _layers.Count(layers => layers[_options.LayerCount] is null),
    };

    private float[]? Layer(int index, int layer)
    {
        _sum.AsSpan().Clear();
        double total = 0;
        if (_layers[index][layer - 1] is { } own)
        {
            total = 1 + _options.Epsilon;
            Add(_sum, own, total);
        }

        for (int relation = 0; relation < _relations.Length; relation++)
        {
            double weights = 0;
            _mean.AsSpan().Clear();
            foreach (Edge edge in CollectionsMarshal.AsSpan(_edges[index]))
            {
                // A neighbour without a vector yet has no say, and does not make the mean smaller.
                if (edge.Relation == relation && _layers[edge.To][layer - 1] is { } other)
                {
                    Add(_mean, other, edge.Weight);
                    weights += edge.Weight;
                }
            }

            double factor = weights > 0 ? _options.Weights[_relations[relation]] / weights : 0;
            total += weights > 0 ? _options.Weights[_relations[relation]] : 0;
            for (int d = 0; d < _dimension; d++)
            {
                _sum[d] += factor * _mean[d];
            }
        }

        _agreements[index] = total > 0 ? Math.Sqrt(_sum.Sum(element => element * element)) / total : 0;
        return Normalised(_sum);
    }

    private int IndexOf(GraphNode node)
    {
        if (!_indexOf.TryGetValue(node, out int index))
        {
            index = _nodes.Count;
            _indexOf.Add(node, index);
            _nodes.Add(node);
            _edges.Add([]);
            _layers.Add(new float[_options.LayerCount + 1][]);
            _agreements.Add(1);
            _roots.Add(index);
            _changed.Add(index);
        }

        return index;
    }

    private void Join(int left, int right)
    {
        int leftRoot = RootOf(left);
        int rightRoot = RootOf(right);
        _cycleCount += leftRoot == rightRoot ? 1 : 0;
        _roots[Math.Max(leftRoot, rightRoot)] = Math.Min(leftRoot, rightRoot);
    }

    private int RootOf(int index)
    {
        while (_roots[index] != index)
        {
            _roots[index] = _roots[_roots[index]];
            index = _roots[index];
        }

        return index;
    }

    private static void Add(double[] sum, float[] vector, double factor)
    {
        for (int d = 0; d < sum.Length; d++)
        {
            sum[d] += factor * vector[d];
        }
    }

    private static float[] Normalised(ReadOnlySpan<float> vector)
    {
        double[] wide = new double[vector.Length];
        for (int d = 0; d < wide.Length; d++)
        {
            wide[d] = vector[d];
        }

        return Normalised(wide)!;
    }

    private static float[]? Normalised(double[] vector)
    {
        double squares = 0;
        foreach (double element in vector)
        {
            squares += element * element;
        }

        double norm = Math.Sqrt(squares);
        return norm <= 1e-12 ? null : [.. vector.Select(element => (float)(element / norm))];
    }

    private readonly record struct Edge(int Relation, int To, double Weight);
}
