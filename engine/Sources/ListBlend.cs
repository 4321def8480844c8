using Ebb.Kernels.Memory;

namespace Ebb.Engine.Sources;

/// <summary>
/// What blending one list needs between planning, scan and explanation. Reused; belongs to the list's job, and is made
/// only where a policy blends.
/// </summary>
internal sealed class ListBlend
{
    private readonly SourceScale[] _sparse = new SourceScale[TouchedItems.SourceCount];

    public TouchedItems Touched { get; } = new();

    /// <summary>The list's K best so far: the touched before a scan, then what it brings.</summary>
    public BestItems Best { get; } = new();

    /// <summary>The scan's own: what the filter leaves out, and the touched.</summary>
    public ItemBitmap Excluded { get; } = new();

    /// <summary>What phases add; empty where the policy's do nothing.</summary>
    public ListPhases Phases { get; } = new();

    /// <summary>What the likely next category adds.</summary>
    public ListMigration Migration { get; } = new();

    public CatalogueMoments Moments { get; set; } = null!;

    public SourceScale Vector { get; set; }

    public SourceScale Encoder { get; set; }

    /// <summary>Both dense sources, as a scale of the dot product with <see cref="DenseQuery"/>.</summary>
    public SourceScale Dense { get; set; }

    /// <summary>What items are scored with: the interest vector, or that and the encoder's in one.</summary>
    public float[] DenseQuery { get; set; } = [];

    public ReadOnlySpan<SourceScale> Sparse => _sparse;

    /// <summary>What the sparse sources give to an item that none of them touches.</summary>
    public double Untouched { get; private set; }

    /// <summary>
    /// Standardises the sparse sources over the whole catalogue: items without a value are zeros in mean and spread.
    /// </summary>
    /// <param name="policy">Whose weights.</param>
    /// <param name="mass">Of the user's remembered events.</param>
    /// <param name="itemCount">Of the catalogue.</param>
    public void Standardise(SourcePolicy policy, double mass, int itemCount)
    {
        Untouched = 0;
        for (int source = 0; source < _sparse.Length; source++)
        {
            double sum = 0;
            double squares = 0;
            for (int place = 0; place < Touched.Count; place++)
            {
                double value = Touched.Values(place)[source];
                sum += value;
                squares += value * value;
            }

            double mean = sum / Math.Max(1, itemCount);
            double variance = (squares / Math.Max(1, itemCount)) - (mean * mean);
            var kind = (SourceKind)(source + 1);
            double weight = kind == SourceKind.Popularity ? policy.PopularityAt(mass) : policy.Weight(kind);
            _sparse[source] = SourceScale.Of(weight, mean, Math.Sqrt(Math.Max(0, variance)));
            Untouched += _sparse[source].Amount(0);
        }
    }

    /// <summary>The sparse sources' part of a touched item's score.</summary>
    public double SparseAt(int place)
    {
        ReadOnlySpan<double> values = Touched.Values(place);
        double sum = 0;
        for (int source = 0; source < _sparse.Length; source++)
        {
            sum += _sparse[source].Amount(values[source]);
        }

        return sum;
    }

    /// <summary>The score of any row that has this dot product with <see cref="DenseQuery"/>.</summary>
    public double ScoreOf(int row, float dot)
    {
        int place = Touched.Find(row);
        return Dense.Amount(dot) + (place < 0 ? Untouched : SparseAt(place)) + (Phases.IsOn ? Phases.Of(row) : 0)
            + Migration.Of(row);
    }

    /// <summary>What each source that is on gives to a row, by kind; the others are left as they are.</summary>
    public void Measure(int row, double vectorAmount, Span<double> sources)
    {
        if (Vector.Factor > 0)
        {
            sources[(int)SourceKind.Vector] = vectorAmount;
        }

        int place = Touched.Find(row);
        for (int source = 0; source < _sparse.Length; source++)
        {
            if (_sparse[source].Factor > 0)
            {
                double value = place < 0 ? 0 : Touched.Values(place)[source];
                sources[source + 1] = _sparse[source].Amount(value);
            }
        }

        if (Phases.HasPhases)
        {
            sources[(int)SourceKind.Phase] = Phases.OfPhases(row);
        }

        if (Phases.HasRules)
        {
            sources[(int)SourceKind.Rule] = Phases.OfRules(row);
        }

        if (Migration.IsOn)
        {
            sources[(int)SourceKind.Migration] = Migration.Of(row);
        }
    }

    public void SetExcluded(ItemBitmap filtered)
    {
        ReadOnlySpan<ulong> words = filtered.Words;
        Excluded.EnsureRows(words.Length * 64);
        words.CopyTo(Excluded.MutableWords);
        Excluded.MutableWords[words.Length..].Clear();
        foreach (int row in Touched.Rows)
        {
            Excluded[row] = true;
        }
    }
}
