using System.Runtime.Intrinsics.X86;

namespace Ebb.Kernels.Memory;

/// <summary>
/// The second, coarser code of short rows, for a query that is alone: its scan waits for memory, and four bits an
/// element are half of what <see cref="CodeFormat"/> takes. A tile is the same 16 rows, with a scale, error and norm of
/// its own; for each two groups of four dimensions it holds 64 bytes, four for each row: nibbles, the first group's in
/// the lower half of a byte and the second one's in the upper.
/// <code>nibble (row r, dimension d) = byte tile + 64·(d / 8) + 4·r + d % 4, upper half if d % 8 ≥ 4</code>
/// A nibble 8 + i stands for the i-th <see cref="Levels"/>, 8 − i for its negative. They lie closer together where
/// elements are more frequent (Max, *Quantizing for minimum distortion*, 1960), as integers near the best 15 for
/// normally distributed ones: these lose 11 % of a row's norm, evenly spaced levels 13 %. Zero is one of them, for
/// sparse rows.
/// </summary>
internal static class NibbleFormat
{
    /// <summary>The highest nibble is this much above <see cref="Zero"/>.</summary>
    public const int IndexMax = 7;

    /// <summary>The nibble of zero.</summary>
    public const int Zero = 8;

    /// <summary>
    /// The last level. 19·√(S/2) is less than <see cref="CodeFormat.ItemHalfNormMax"/> of every stride S that has
    /// nibbles: whatever they are, no half of a sum with a coded query leaves 16 bits.
    /// </summary>
    public const int LevelMax = 19;

    /// <summary>
    /// Longer rows have none: the bound is some fixed part of ‖x‖‖q‖, the spread of random scores falls as 1/√D, and
    /// with the two of a size too many rows have to be scored exactly. Up to here sums have no sections and no cut
    /// either.
    /// </summary>
    public const int StrideMax = 128;

    /// <summary>What nibbles stand for, in units of the tile's scale.</summary>
    public static ReadOnlySpan<byte> Levels => [0, 2, 4, 6, 8, 11, 14, LevelMax];

    /// <summary>
    /// Where the last level may lie, in deviations of the elements: what lies beyond is cut. The less, the finer the
    /// others; which is best depends on the largest elements of the tile.
    /// </summary>
    public static ReadOnlySpan<float> LastLevels => [2.6f, 3f];

    /// <summary>
    /// A row's own error lies beside its tile's, in eighths of the scale, rounded up: of 16 rows the worst is a fifth
    /// above the mean, and a candidate is cheaper to exclude by its own figure than to score.
    /// </summary>
    public const float RowErrorsPerUnit = 8;

    /// <summary>A row error that a byte does not hold: the tile's counts.</summary>
    public const byte RowErrorBeyond = byte.MaxValue;

    /// <summary>Whether such rows have nibbles: where there is a scan for them, which is written for AVX2
    /// alone.</summary>
    public static bool IsFor(int stride) => Avx2.IsSupported && stride <= StrideMax;

    /// <summary>Bytes of a row's nibbles.</summary>
    public static int RowBytes(int stride) => IsFor(stride) ? stride / 2 : 0;

    /// <summary>Bytes of a tile's four floats and its rows' errors beside them.</summary>
    public static int BoundBytes(int stride) => IsFor(stride) ? CodeFormat.BoundBytes + CodeFormat.TileRows : 0;
}
