using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;

namespace Ebb.Engine.Encoders;

/// <summary>
/// A direction in a new model's space for an item that the model does not know: the mean of the unit vectors of what it
/// was done together with, by the learned links' weights, as long as their vectors are on average. Zeros where nothing
/// was learned of the item, or no model knows what was. One thread at a time.
/// </summary>
internal sealed class NeighbourVectors(PopulationSources sources, BundleLookup vectors, int dimension)
{
    private readonly SourceLink[] _links = new SourceLink[LinkRow.PublishedCountMax];

    /// <summary>Items that got a direction so.</summary>
    public int FoundCount { get; private set; }

    public float[] Of(int row, CatalogueLease lease)
    {
        float[] vector = new float[dimension];
        LinkTable? table = sources.Tables?.Neighbours ?? sources.Tables?.Transitions;
        int count = table?.Find((uint)row)?.Copy(_links) ?? 0;
        double lengths = 0;
        double weights = 0;
        double[] sum = new double[dimension];
        foreach (SourceLink link in _links.AsSpan(0, count))
        {
            if (link.Item >= (uint)lease.Items.Count
                || !vectors.TryFind(lease.Id((int)link.Item), out ReadOnlyMemory<float> known))
            {
                continue;
            }

            double length = VectorNorm.Of(known.Span);
            for (int d = 0; length > 0 && d < dimension; d++)
            {
                sum[d] += link.Value * known.Span[d] / length;
            }

            lengths += link.Value * length;
            weights += link.Value;
        }

        double norm = Math.Sqrt(sum.Sum(value => value * value));
        if (!(norm > 0))
        {
            return vector;
        }

        FoundCount++;
        for (int d = 0; d < dimension; d++)
        {
            vector[d] = (float)(sum[d] / norm * (lengths / weights));
        }

        return vector;
    }
}
