namespace Ebb.Engine.Graph;

/// <summary>
/// How vectors flow over a graph: h′ = normalise((1+ε)h + Σ_r w_r·mean of the neighbours over r), L times.
/// </summary>
public sealed record GraphOptions
{
    public const int LayerCountMax = 8;

    /// <summary>L, 1 to 8.</summary>
    public int LayerCount { get; init; } = 2;

    /// <summary>ε ≥ 0: how much a node keeps of itself beside its neighbours.</summary>
    public double Epsilon { get; init; } = 1;

    /// <summary>
    /// γ ≥ 0: a node without a vector of its own has length a^γ in place of 1, a the agreement of its neighbours: the
    /// length of their weighted mean. A mean of what disagrees points where everybody's interest points a little, and
    /// at full length it would stand in everybody's list.
    /// </summary>
    public double Shrink { get; init; }

    /// <summary>
    /// 0 to 1: how much of the direction that all items share is taken out of an item's vector from its neighbours. A
    /// mean has more of it than any item, and everybody's interest points along it: with it the item stands in lists
    /// where it has no business.
    /// </summary>
    public double Centre { get; init; }

    /// <summary>What the length of an item's vector from its neighbours is multiplied with, over 0.</summary>
    public double Length { get; init; } = 1;

    /// <summary>
    /// Items that have a vector of their own keep it: only those without one, and the other kinds, take their
    /// neighbours'. What they pass on flows all the same.
    /// </summary>
    public bool KeepOwn { get; init; }

    /// <summary>
    /// A vector is as long as the one given, and of a node without one as long as its neighbours' are on the mean; else
    /// all have length 1.
    /// </summary>
    public bool KeepLength { get; init; }

    /// <summary>w_r by relation; an edge of another relation is counted and not served.</summary>
    public IReadOnlyDictionary<string, double> Weights { get; init; } = new Dictionary<string, double>();

    /// <summary>What cannot be; null for nothing.</summary>
    public string? Problem()
    {
        if (LayerCount is < 1 or > LayerCountMax)
        {
            return $"{LayerCount} layers are not between 1 and {LayerCountMax}";
        }

        if (!(Epsilon >= 0 && double.IsFinite(Epsilon)))
        {
            return $"epsilon {Epsilon} is not 0 or more";
        }

        if (!(Shrink >= 0 && double.IsFinite(Shrink)))
        {
            return $"the exponent {Shrink} of the agreement is not 0 or more";
        }

        if (!(Centre is >= 0 and <= 1) || !(Length > 0 && double.IsFinite(Length)))
        {
            return $"the centre {Centre} is not between 0 and 1, or the length {Length} is not over 0";
        }

        foreach ((string relation, double weight) in Weights)
        {
            if (!(weight >= 0 && double.IsFinite(weight)))
            {
                return $"the weight {weight} of {relation} is not 0 or more";
            }
        }

        return Weights.Count == 0 ? "no relation has a weight: name one" : null;
    }
}
