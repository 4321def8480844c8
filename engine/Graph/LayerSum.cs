namespace Ebb.Engine.Graph;

/// <summary>One node's next layer: (1+ε)h + Σ_r w_r·mean of the neighbours over r. Owns its sums; one thread.</summary>
internal sealed class LayerSum(int dimension, GraphOptions options)
{
    private readonly double[] _sum = new double[dimension];
    private double[] _means = [];
    private double[] _weights = [];
    private double[] _lengths = [];

    public void Compute(List<NodeLayers> nodes, GraphEdges edges, int index, int layer)
    {
        Gather(nodes, edges, index, layer);
        _sum.AsSpan().Clear();
        double total = 0;
        double lengths = 0;
        if (nodes[index].Vector(layer - 1) is { } own)
        {
            total = 1 + options.Epsilon;
            lengths = total * nodes[index].Length(layer - 1);
            Add(_sum, own, total);
        }

        for (int relation = 0; relation < edges.RelationCount; relation++)
        {
            double weight = edges.WeightOf(relation);
            if (!(_weights[relation] > 0) || weight == 0)
            {
                continue;
            }

            double factor = weight / _weights[relation];
            total += weight;
            lengths += factor * _lengths[relation];
            ReadOnlySpan<double> mean = _means.AsSpan(relation * dimension, dimension);
            for (int d = 0; d < dimension; d++)
            {
                _sum[d] += factor * mean[d];
            }
        }

        nodes[index].Set(layer, _sum, total, total > 0 ? lengths / total : 0);
    }

    /// <summary>Weighted sums of the neighbours' vectors and lengths, by relation.</summary>
    private void Gather(List<NodeLayers> nodes, GraphEdges edges, int index, int layer)
    {
        if (_weights.Length < edges.RelationCount)
        {
            _weights = new double[edges.RelationCount];
            _lengths = new double[edges.RelationCount];
            _means = new double[edges.RelationCount * dimension];
        }

        _weights.AsSpan().Clear();
        _lengths.AsSpan().Clear();
        _means.AsSpan().Clear();
        foreach (NodeEdge edge in edges.Around(index))
        {
            // A neighbour without a vector yet has no say, and does not make the mean smaller.
            NodeLayers other = nodes[edge.To];
            if (edges.WeightOf(edge.Relation) > 0 && other.Vector(layer - 1) is { } vector)
            {
                Add(_means.AsSpan(edge.Relation * dimension, dimension), vector, edge.Weight);
                _weights[edge.Relation] += edge.Weight;
                _lengths[edge.Relation] += edge.Weight * other.Length(layer - 1);
            }
        }
    }

    private static void Add(Span<double> sum, float[] vector, double factor)
    {
        for (int d = 0; d < sum.Length; d++)
        {
            sum[d] += factor * vector[d];
        }
    }
}
