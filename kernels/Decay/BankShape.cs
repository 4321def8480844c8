namespace Ebb.Kernels.Decay;

/// <summary>
/// The shape of an interest bank: M half-lives × D dimensions, with an optional rate per dimension. Immutable.
/// A bank is one span of floats: M·D sums, row m holding half-life m, then M masses (the same sums with p = 1).
/// </summary>
public sealed class BankShape
{
    public const int DimensionMax = 1024;
    public const int HalfLifeCountMax = 16;

    private readonly double[] _halfLivesMs;
    private readonly double[] _dimensionRates;

    /// <param name="dimension">D, 1 to 1024.</param>
    /// <param name="halfLivesMs">h_m in milliseconds, &gt; 0; positive infinity means "never".</param>
    /// <param name="dimensionRates">ρ_d, finite and &gt; 0, one a dimension; empty for all ones.</param>
    public BankShape(int dimension, ReadOnlySpan<double> halfLivesMs, ReadOnlySpan<double> dimensionRates = default)
    {
        if (dimension is < 1 or > DimensionMax)
        {
            throw new ArgumentOutOfRangeException(nameof(dimension), dimension, $"1 to {DimensionMax}");
        }

        if (halfLivesMs.Length is < 1 or > HalfLifeCountMax)
        {
            throw new ArgumentException($"1 to {HalfLifeCountMax} half-lives", nameof(halfLivesMs));
        }

        foreach (double halfLife in halfLivesMs)
        {
            if (!(halfLife > 0))
            {
                throw new ArgumentException("a half-life is above zero, or infinity for never", nameof(halfLivesMs));
            }
        }

        if (dimensionRates.Length != 0 && dimensionRates.Length != dimension)
        {
            throw new ArgumentException(
                $"{dimensionRates.Length} rates for {dimension} dimensions: one rate each, or none",
                nameof(dimensionRates));
        }

        foreach (double rate in dimensionRates)
        {
            if (!(rate > 0) || double.IsInfinity(rate))
            {
                throw new ArgumentException("a rate is finite and above zero", nameof(dimensionRates));
            }
        }

        Dimension = dimension;
        _halfLivesMs = halfLivesMs.ToArray();
        _dimensionRates = dimensionRates.ToArray();
    }

    public int Dimension { get; }

    public int HalfLifeCount => _halfLivesMs.Length;

    /// <summary>h_m in milliseconds.</summary>
    public ReadOnlySpan<double> HalfLivesMs => _halfLivesMs;

    /// <summary>ρ_d, or empty when every dimension decays alike.</summary>
    public ReadOnlySpan<double> DimensionRates => _dimensionRates;

    public int SumCount => HalfLifeCount * Dimension;

    /// <summary>Floats in a bank: M·D sums and M masses.</summary>
    public int BankLength => SumCount + HalfLifeCount;

    public int MassOffset => SumCount;
}
