using System.Numerics;

namespace Ebb.Kernels.Memory;

/// <summary>
/// How item codes lie in memory and how large they may get. A tile is 16 rows under one scale; for each group of four
/// dimensions it holds 64 bytes, four for each row: code + 64, so that a byte is unsigned and a zero row is all 64.
/// <code>byte (row r of the tile, dimension d) = tile + 64·(d / 4) + 4·r + d % 4</code>
/// Up to 256 dimensions a scan may add products of dimensions d % 4 &lt; 2 in one 16-bit lane and the rest in another.
/// |Σ c·b| over either half is at most ‖c_half‖·‖b_half‖ (Cauchy–Schwarz), and two limits keep that within 32,767.
/// Longer vectors have no such limits: they are added in 32 bits and their sums cut to 16.
/// </summary>
internal static class CodeFormat
{
    public const int TileRows = 16;
    public const int GroupDimensions = 4;
    public const int GroupBytes = TileRows * GroupDimensions;
    public const int Offset = 64;

    /// <summary>127·127·2 fits 16 bits: a pair of byte products never saturates.</summary>
    public const int ItemCodeMax = 63;

    public const int QueryCodeMax = 127;

    /// <summary>Bytes a tile for its four floats: <see cref="TileBounds"/>.</summary>
    public const int BoundBytes = 4 * sizeof(float);

    private const int SumMax = short.MaxValue;

    // Beyond it limits that keep sums within 16 bits would leave the codes too few.
    private const int NarrowStrideMax = 256;

    // Rounding to the nearest code moves an element by half a unit; the rest covers the float product it was made by.
    private const double RoundingUnits = 0.51;

    /// <summary>Lower bits to cut from a sum, so that 16 hold what is left of 63·127·stride; 0 up to 256.</summary>
    public static int SumShift(int stride) => stride <= NarrowStrideMax
        ? 0
        : BitOperations.Log2((uint)(stride * ItemCodeMax * QueryCodeMax / (SumMax + 1))) + 1;

    /// <summary>
    /// Largest norm of one half of an item's codes. 181² is 32,761: an even split. Short vectors hardly reach 25 a
    /// dimension (their largest element is 63), so there the query gets the finer half of the product.
    /// </summary>
    public static double ItemHalfNormMax(int stride) => stride <= NarrowStrideMax
        ? Math.Min(181, Math.Max(90, 25 * Math.Sqrt(stride / 2.0)))
        : double.PositiveInfinity;

    public static double QueryHalfNormMax(int stride) => stride <= NarrowStrideMax
        ? SumMax / ItemHalfNormMax(stride)
        : double.PositiveInfinity;

    /// <summary>What the norm of half a vector may be, in units of its scale, before rounding to codes.</summary>
    public static double BeforeRounding(double halfNormMax, int stride) =>
        halfNormMax - (RoundingUnits * Math.Sqrt(stride / 2.0));
}
