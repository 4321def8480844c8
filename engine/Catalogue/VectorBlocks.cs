using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;

namespace Ebb.Engine.Catalogue;

/// <summary>
/// The layout of item vectors out of named blocks, one after the other as they are: a score with a weight a block,
/// Σ_b w_b·(v_b·p_b), is then one dot product of p with the query whose stretches are multiplied by w_b. So weights are
/// the policy's, many side by side, and the catalogue knows nothing of them. Immutable.
/// </summary>
internal sealed class VectorBlocks
{
    private readonly Dictionary<string, (int Start, int Length)> _places = new(StringComparer.Ordinal);
    private readonly int _dimension;

    /// <exception cref="ArgumentException">They are not a layout of so many dimensions.</exception>
    public VectorBlocks(IReadOnlyList<VectorBlock> blocks, int dimension)
    {
        _dimension = dimension;
        int start = 0;
        foreach (VectorBlock block in blocks)
        {
            if (block.Dimension < 1 || block.Name.Length is < 1 or > VectorBlock.NameLengthMax
                || !_places.TryAdd(block.Name, (start, block.Dimension)))
            {
                throw new ArgumentException(
                    $"the vector block '{block.Name}' of {block.Dimension} dimensions cannot be: names are 1 to"
                    + $" {VectorBlock.NameLengthMax} long and different, dimensions from 1");
            }

            start += block.Dimension;
        }

        if (blocks.Count > 0 && start != dimension)
        {
            throw new ArgumentException($"the vector blocks have {start} dimensions together, the items {dimension}");
        }
    }

    public bool IsEmpty => _places.Count == 0;

    /// <summary>Length of a block; 0 where there is none of this name.</summary>
    public int LengthOf(string name) => _places.GetValueOrDefault(name).Length;

    /// <summary>
    /// The whole vector; blocks that are not given are as in the vector given, or zeros. False: a name or a length is
    /// wrong.
    /// </summary>
    public bool TryJoin(
        IReadOnlyDictionary<string, ReadOnlyMemory<float>> given, ReadOnlySpan<float> whole, out float[] vector)
    {
        vector = new float[_dimension];
        if (whole.Length != 0 && whole.Length != _dimension)
        {
            return false;
        }

        whole.CopyTo(vector);
        foreach ((string name, ReadOnlyMemory<float> values) in given)
        {
            if (!_places.TryGetValue(name, out (int Start, int Length) place) || values.Length != place.Length)
            {
                return false;
            }

            values.Span.CopyTo(vector.AsSpan(place.Start));
        }

        return true;
    }

    /// <summary>The same policies with their block weights as weights of dimensions, beside their attention.</summary>
    /// <exception cref="ArgumentException">A policy weighs a block that there is not.</exception>
    public PolicySet Weigh(PolicySet policies) => policies.Policies.All(share => share.Policy.BlockWeights.Count == 0)
        ? policies
        : new PolicySet([.. policies.Policies.Select(share => share with { Policy = Weigh(share.Policy) })])
        {
            Salt = policies.Salt,
        };

    private ServingPolicy Weigh(ServingPolicy policy)
    {
        if (policy.BlockWeights.Count == 0)
        {
            return policy;
        }

        bool hasAttention = policy.Attention.Count == _dimension;
        float[] weights = [.. Enumerable.Range(0, _dimension).Select(d => hasAttention ? policy.Attention[d] : 1f)];
        foreach ((string name, float weight) in policy.BlockWeights)
        {
            if (!_places.TryGetValue(name, out (int Start, int Length) place))
            {
                string known = IsEmpty ? "items have none" : string.Join(", ", _places.Keys) + " are there";
                throw new ArgumentException($"the policy weighs the vector block '{name}': {known}");
            }

            foreach (ref float value in weights.AsSpan(place.Start, place.Length))
            {
                value *= weight;
            }
        }

        return policy with { Attention = weights, BlockWeights = new Dictionary<string, float>() };
    }
}
