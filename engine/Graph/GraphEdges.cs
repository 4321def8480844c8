using System.Runtime.InteropServices;

namespace Ebb.Engine.Graph;

/// <summary>
/// Edges between numbered nodes, by relation, each seen from both ends. Edges of relations without a weight are kept
/// and bring nothing. One thread at a time.
/// </summary>
internal sealed class GraphEdges
{
    private readonly Dictionary<(int Relation, int Low, int High), EdgeState> _known = [];
    private readonly List<List<NodeEdge>> _around = [];
    private readonly Dictionary<string, int> _relationOf = new(StringComparer.Ordinal);
    private readonly List<string> _relations = [];
    private readonly List<double> _weights = [];
    private readonly List<int> _counts = [];
    private int _cycleCount = -1;

    public GraphEdges(IReadOnlyDictionary<string, double> weights)
    {
        // In one order whatever the dictionary's: sums come out alike.
        foreach (string relation in weights.Keys.Order(StringComparer.Ordinal))
        {
            AddRelation(relation, weights[relation]);
        }
    }

    public int NodeCount => _around.Count;

    public int RelationCount => _relations.Count;

    /// <summary>Edges of all relations.</summary>
    public int Count => _known.Count;

    public int LearnedCount { get; private set; }

    public int RepeatedCount { get; set; }

    public int RefusedCount { get; private set; }

    public double WeightOf(int relation) => _weights[relation];

    public bool IsWeighted(string relation) => _relationOf.TryGetValue(relation, out int at) && _weights[at] > 0;

    public ReadOnlySpan<NodeEdge> Around(int node) => CollectionsMarshal.AsSpan(_around[node]);

    public void AddNode() => _around.Add([]);

    /// <summary>Says or unsays (weight 0) an edge for one origin.</summary>
    public EdgeOutcome Set(string relation, (int From, int To) ends, double weight, EdgeOrigins origin)
    {
        if (ends.From == ends.To || !(weight >= 0 && double.IsFinite(weight)))
        {
            RefusedCount++;
            return EdgeOutcome.Refused;
        }

        int at = RelationOf(relation);
        (int, int, int) key = (at, Math.Min(ends.From, ends.To), Math.Max(ends.From, ends.To));
        EdgeState before = _known.GetValueOrDefault(key);
        EdgeState now = before.With(origin, weight);
        if (now == before)
        {
            RepeatedCount++;
            return EdgeOutcome.Same;
        }

        LearnedCount += now.Has(EdgeOrigins.Learned).CompareTo(before.Has(EdgeOrigins.Learned));
        if (now.Origins == EdgeOrigins.None)
        {
            _known.Remove(key);
            Remove(ends.From, at, ends.To);
            Remove(ends.To, at, ends.From);
            _counts[at]--;
            _cycleCount = -1;
            return EdgeOutcome.Removed;
        }

        _known[key] = now;
        bool isNew = before.Origins == EdgeOrigins.None;
        Put(ends.From, new NodeEdge(at, ends.To, now.Weight), isNew);
        Put(ends.To, new NodeEdge(at, ends.From, now.Weight), isNew);
        _counts[at] += isNew ? 1 : 0;
        _cycleCount = isNew ? -1 : _cycleCount;
        return isNew ? EdgeOutcome.Added : EdgeOutcome.Changed;
    }

    public string Name(int relation) => _relations[relation];

    public EdgeOrigins Origins(string relation, int from, int to) =>
        _relationOf.TryGetValue(relation, out int at)
            ? _known.GetValueOrDefault((at, Math.Min(from, to), Math.Max(from, to))).Origins
            : EdgeOrigins.None;

    /// <summary>Every edge that one origin says, with the weight that it gives.</summary>
    public IEnumerable<(string Relation, int From, int To, double Weight)> Of(EdgeOrigins origin) =>
        _known.Where(edge => edge.Value.Has(origin)).Select(edge =>
            (_relations[edge.Key.Relation], edge.Key.Low, edge.Key.High, edge.Value.WeightBy(origin)));

    /// <summary>Edges of relations with a weight.</summary>
    public int ServedCount() => _counts.Where((_, at) => _weights[at] > 0).Sum();

    /// <summary>Edges of relations without one, by name.</summary>
    public SortedDictionary<string, int> Unknown()
    {
        var unknown = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (int at = 0; at < _relations.Count; at++)
        {
            if (!(_weights[at] > 0) && _counts[at] > 0)
            {
                unknown[_relations[at]] = _counts[at];
            }
        }

        return unknown;
    }

    /// <summary>Served edges that close a cycle: as many as a spanning forest leaves over.</summary>
    public int CycleCount()
    {
        if (_cycleCount >= 0)
        {
            return _cycleCount;
        }

        int[] roots = [.. Enumerable.Range(0, _around.Count)];
        int cycles = 0;
        foreach ((int relation, int low, int high) in _known.Keys)
        {
            if (_weights[relation] > 0)
            {
                int left = RootOf(roots, low);
                int right = RootOf(roots, high);
                cycles += left == right ? 1 : 0;
                roots[Math.Max(left, right)] = Math.Min(left, right);
            }
        }

        return _cycleCount = cycles;
    }

    private int RelationOf(string relation)
    {
        if (!_relationOf.TryGetValue(relation, out int at))
        {
            at = AddRelation(relation, 0);
        }

        return at;
    }

    private int AddRelation(string relation, double weight)
    {
        _relationOf.Add(relation, _relations.Count);
        _relations.Add(relation);
        _weights.Add(weight);
        _counts.Add(0);
        return _relations.Count - 1;
    }

    private void Put(int node, NodeEdge edge, bool isNew)
    {
        if (isNew)
        {
            _around[node].Add(edge);
            return;
        }

        int place = _around[node].FindIndex(other => other.Relation == edge.Relation && other.To == edge.To);
        _around[node][place] = edge;
    }

    private void Remove(int node, int relation, int to) =>
        _around[node].RemoveAt(_around[node].FindIndex(edge => edge.Relation == relation && edge.To == to));

    private static int RootOf(int[] roots, int index)
    {
        while (roots[index] != index)
        {
            roots[index] = roots[roots[index]];
            index = roots[index];
        }

        return index;
    }

    /// <summary>Who says the edge and with what weight.</summary>
    private readonly record struct EdgeState(EdgeOrigins Origins, double Given, double Learned)
    {
        public double Weight => Has(EdgeOrigins.Given) ? Given : Has(EdgeOrigins.Learned) ? Learned : 1;

        public bool Has(EdgeOrigins origin) => (Origins & origin) != 0;

        public double WeightBy(EdgeOrigins origin) => origin switch
        {
            EdgeOrigins.Given => Given,
            EdgeOrigins.Learned => Learned,
            _ => 1,
        };

        public EdgeState With(EdgeOrigins origin, double weight) => new(
            weight > 0 ? Origins | origin : Origins & ~origin,
            origin == EdgeOrigins.Given ? weight : Given,
            origin == EdgeOrigins.Learned ? weight : Learned);
    }
}
