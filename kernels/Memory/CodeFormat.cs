using System.Numerics;

namespace Ebb.Kernels.Memory;

/// <summary>
/// How item codes lie in memory and how large they may get. A tile is 16 rows under one scale; for each group of four
/// dimensions it holds 64 bytes, four for each row: code + 64, so that a byte is unsigned and a zero row is all 64.
/// <code>byte (row r of the tile, dimension d) = tile + 64·(d / 4) + 4·r + d % 4</code>
/// A scan may add in 16 bits, products of dimensions d % 4 &lt; 2 in one lane and the rest in another, a section of
/// dimensions at a time. |Σ c·b| over either half of a section is at most ‖c_half‖·‖b_half‖ (Cauchy–Schwarz), and two
/// limits keep that within 32,767. A short row is one section, whose sum is the row's; a long one has sections of 64,
/// which leave the codes their bits, and sums in 32 bits that are cut to 16 when they are done.
/// </summary>
internal static class CodeFormat
{
    public const int TileRows = 16;
    public const int GroupDimensions = 4;
    public const int GroupBytes = TileRows * GroupDimensions;
    public const int Offset = 64;

    /// <summary>Groups of a section of a long row; even.</summary>
    public const int SectionGroups = 16;

    /// <summary>127·127·2 fits 16 bits: a pair of byte products never saturates.</summary>
    public const int ItemCodeMax = 63;

    public const int QueryCodeMax = 127;

    /// <summary>Bytes a tile for its four floats: <see cref="TileBounds"/>.</summary>
    public const int BoundBytes = 4 * sizeof(float);

    private const int SumMax = short.MaxValue;

    // Beyond it one section would leave the codes too few bits.
    private const int NarrowStrideMax = 128;

    // Rounding to the nearest code moves an element by half a unit; the rest covers the float product it was made by.
    private const double RoundingUnits = 0.51;

    /// <summary>Dimensions of a section.</summary>
    public static int SectionStride(int stride) =>
        stride <= NarrowStrideMax ? stride : SectionGroups * GroupDimensions;

    public static int SectionCount(int stride) => (stride + SectionStride(stride) - 1) / SectionStride(stride);

    /// <summary>Lower bits to cut from a sum, so that 16 hold the rest of 63·127·stride; 0 for short rows.</summary>
    public static int SumShift(int stride) => stride <= NarrowStrideMax
        ? 0
        : BitOperations.Log2((uint)(stride * ItemCodeMax * QueryCodeMax / (SumMax + 1))) + 1;

    /// <summary>
    /// Largest norm of half a section of an item's codes. 181² is 32,761: an even split. Short ones hardly reach 25 a
    /// dimension (their largest element is 63), so there the query gets the finer half of the product. Half a section
    /// of a long row hardly reaches 120, for the row has others with larger elements.
    /// </summary>
    public static double ItemHalfNormMax(int stride) => stride <= NarrowStrideMax
        ? Math.Min(181, Math.Max(90, 25 * Math.Sqrt(stride / 2.0)))
        : 120;

    public static double QueryHalfNormMax(int stride) => SumMax / ItemHalfNormMax(stride);

    /// <summary>What the norm of half a section may be, in units of its scale, before rounding to codes.</summary>
    public static double BeforeRounding(double halfNormMax, int stride) =>
        halfNormMax - (RoundingUnits * Math.Sqrt(SectionStride(stride) / 2.0));
}
