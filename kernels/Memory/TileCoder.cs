using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ebb.Kernels.Memory;

/// <summary>
/// Keeps a tile's codes in step with its fp32 rows. The scale is that of the row which needs the largest; when that
/// changes the tile is coded afresh, otherwise only the row is; the nibbles of short rows go along. Called by the
/// matrix' one writer.
/// </summary>
internal readonly unsafe struct TileCoder(
    float* rows, float* norms, byte* codes, TileBounds bounds, NibbleTile nibbles, int stride)
{
    /// <summary>Norms up to here: scores and every bound made of them stay far inside fp32.</summary>
    public const float NormMax = 1L << 60;

    /// <summary>Scales from here up: the product of two does not underflow in fp32.</summary>
    public const double ScaleMin = 1.0 / (1L << 50);

    private NibbleCoder Nibbles => new(rows, norms, nibbles, bounds, stride);

    /// <summary>The scale a row needs: no code passes the largest, and no half section's norm its limit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double ScaleNeeded(float* vector, int stride, int codeMax, double halfNormMax)
    {
        Vector128<float> largest = Vector128<float>.Zero;
        double halfSquared = 0;
        int length = CodeFormat.SectionStride(stride);
        for (int first = 0; first < stride; first += length)
        {
            Vector256<double> squares = Vector256<double>.Zero;
            int end = Math.Min(stride, first + length);
            for (int d = first; d < end; d += CodeFormat.GroupDimensions)
            {
                Vector128<float> x = Vector128.Load(vector + d);
                largest = Vector128.Max(largest, Vector128.Abs(x));
                Vector256<double> wide = Widen(x);
                squares += wide * wide;
            }

            halfSquared = Math.Max(halfSquared, Math.Max(squares[0] + squares[1], squares[2] + squares[3]));
        }

        double element = MathF.Max(MathF.Max(largest[0], largest[1]), MathF.Max(largest[2], largest[3]));
        double half = RoundedNorm.AboveDouble(halfSquared);
        return Math.Max(element / codeMax, half / CodeFormat.BeforeRounding(halfNormMax, stride));
    }

    /// <summary>Before row <paramref name="row"/> is overwritten: whether the tile's scale may rest on it.</summary>
    public bool IsScaleOf(int row) =>
        *bounds.Norm == 0 || RoundedNorm.Ceiling(ItemScale(row)) >= *bounds.Scale;

    /// <summary>After row and norm bound were written.</summary>
    public void Update(int row, bool isScaleGone)
    {
        if (isScaleGone || norms[row] > NormMax || ItemScale(row) > *bounds.Scale)
        {
            Rebuild();
            if (NibbleFormat.IsFor(stride))
            {
                Nibbles.Rebuild();
            }

            return;
        }

        Code(row);
        if (NibbleFormat.IsFor(stride))
        {
            Nibbles.Code(row);
        }
    }

    private double ItemScale(int row) => ScaleNeeded(
        rows + ((long)row * stride), stride, CodeFormat.ItemCodeMax, CodeFormat.ItemHalfNormMax(stride));

    private void Rebuild()
    {
        double needed = 0;
        bool isCoded = true;
        for (int row = 0; row < CodeFormat.TileRows; row++)
        {
            needed = Math.Max(needed, ItemScale(row));
            isCoded &= norms[row] <= NormMax;
        }

        isCoded &= needed is 0 or >= ScaleMin;
        float scale = isCoded && needed > 0 ? RoundedNorm.Ceiling(needed) : 1;
        *bounds.Scale = scale;
        *bounds.Inverse = 1 / scale;
        *bounds.Error = isCoded ? 0 : float.PositiveInfinity;
        *bounds.Norm = 0;
        for (int row = 0; isCoded && row < CodeFormat.TileRows; row++)
        {
            Code(row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Code(int row)
    {
        float scale = *bounds.Scale;
        double lost = CodeVector(
            rows + ((long)row * stride), stride, scale, codes + (row * CodeFormat.GroupDimensions));
        *bounds.Error = MathF.Max(*bounds.Error, RoundedNorm.Ceiling(RoundedNorm.AboveDouble(lost) / scale));
        *bounds.Norm = MathF.Max(*bounds.Norm, RoundedNorm.Ceiling((double)norms[row] / scale));
    }

    /// <summary>Writes the row's codes + 64, a group every 64 bytes; returns Σ(x − scale·c)².</summary>
    private static double CodeVector(float* vector, int stride, float scale, byte* target)
    {
        Vector128<float> inverse = Vector128.Create(1 / scale);
        Vector128<float> limit = Vector128.Create((float)CodeFormat.ItemCodeMax);
        Vector256<double> unit = Vector256.Create((double)scale);
        Vector256<double> squares = Vector256<double>.Zero;
        for (int d = 0; d < stride; d += CodeFormat.GroupDimensions)
        {
            Vector128<float> x = Vector128.Load(vector + d);
            Vector128<float> code = Vector128.Round(Vector128.Clamp(x * inverse, -limit, limit));
            Vector256<double> off = Widen(x) - (unit * Widen(code));
            squares += off * off;
            Vector128<int> bytes = Vector128.ConvertToInt32(code) + Vector128.Create(CodeFormat.Offset);
            *(uint*)target = (uint)(bytes[0] | (bytes[1] << 8) | (bytes[2] << 16) | (bytes[3] << 24));
            target += CodeFormat.GroupBytes;
        }

        return Vector256.Sum(squares);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Widen(Vector128<float> x) =>
        Vector256.Create(Vector128.WidenLower(x), Vector128.WidenUpper(x));
}
