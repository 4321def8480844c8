using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ebb.Kernels.Memory;

/// <summary>
/// Keeps a tile's nibbles in step with its fp32 rows: coded afresh whenever its <see cref="TileCoder"/> does so,
/// otherwise the written row only, under the scale that is there. What a row loses is measured, so an old scale is
/// never wrong, only coarse. Called by the matrix' one writer.
/// </summary>
internal readonly unsafe struct NibbleCoder(
    float* rows, float* norms, NibbleTile tile, TileBounds codes, int stride)
{
    private readonly TileBounds _bounds = tile.Bounds;

    /// <summary>
    /// Codes every row under the scale that leaves the smallest error: the largest element as the last level, or one of
    /// <see cref="NibbleFormat.LastLevels"/>. Zeros lose nothing either way.
    /// </summary>
    public void Rebuild()
    {
        if (float.IsPositiveInfinity(*codes.Error))
        {
            // No code fits these rows, and nobody asks for their sums.
            (*_bounds.Scale, *_bounds.Inverse, *_bounds.Error, *_bounds.Norm) = (1, 1, float.PositiveInfinity, 0);
            new Span<byte>(tile.RowErrors, CodeFormat.TileRows).Fill(NibbleFormat.RowErrorBeyond);
            return;
        }

        float whole = *codes.Scale * CodeFormat.ItemCodeMax / NibbleFormat.LevelMax;
        double deviation = *codes.Norm * (double)*codes.Scale / Math.Sqrt(stride);
        float best = whole;
        float least = CodeAll(whole) * whole;
        float last = whole;
        foreach (float deviations in NibbleFormat.LastLevels)
        {
            float scale = (float)Math.Max(deviation * deviations / NibbleFormat.LevelMax, TileCoder.ScaleMin);
            if (scale < whole)
            {
                last = scale;
                float error = CodeAll(scale) * scale;
                (best, least) = error < least ? (scale, error) : (best, least);
            }
        }

        if (best != last)
        {
            CodeAll(best);
        }
    }

    /// <summary>After a row was written whose tile was not coded afresh.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Code(int row)
    {
        float scale = *_bounds.Scale;
        double lost = CodeVector(
            rows + ((long)row * stride), stride, scale, tile.Nibbles + (row * CodeFormat.GroupDimensions));
        float error = RoundedNorm.Ceiling(RoundedNorm.AboveDouble(lost) / scale);
        tile.RowErrors[row] = (byte)MathF.Min(
            MathF.Ceiling(error * NibbleFormat.RowErrorsPerUnit), NibbleFormat.RowErrorBeyond);
        *_bounds.Error = MathF.Max(*_bounds.Error, error);
        *_bounds.Norm = MathF.Max(*_bounds.Norm, RoundedNorm.Ceiling((double)norms[row] / scale));
    }

    /// <summary>Returns the tile's error in units of the scale.</summary>
    private float CodeAll(float scale)
    {
        *_bounds.Scale = scale;
        *_bounds.Inverse = 1 / scale;
        *_bounds.Error = 0;
        *_bounds.Norm = 0;
        for (int row = 0; row < CodeFormat.TileRows; row++)
        {
            Code(row);
        }

        return *_bounds.Error;
    }

    /// <summary>Writes a row's nibbles, eight dimensions every 64 bytes; returns Σ(x − scale·level)².</summary>
    private static double CodeVector(float* vector, int stride, float scale, byte* target)
    {
        Vector128<float> inverse = Vector128.Create(1 / scale);
        Vector256<double> unit = Vector256.Create((double)scale);
        Vector256<double> squares = Vector256<double>.Zero;
        for (int d = 0; d < stride; d += 2 * CodeFormat.GroupDimensions)
        {
            Vector128<float> x0 = Vector128.Load(vector + d);
            Vector128<float> x1 = Vector128.Load(vector + d + CodeFormat.GroupDimensions);
            (Vector128<float> level0, Vector128<int> nibble0) = Nearest(x0 * inverse);
            (Vector128<float> level1, Vector128<int> nibble1) = Nearest(x1 * inverse);
            Vector256<double> off0 = Widen(x0) - (unit * Widen(level0));
            Vector256<double> off1 = Widen(x1) - (unit * Widen(level1));
            squares += (off0 * off0) + (off1 * off1);
            Vector128<int> bytes = nibble0 | (nibble1 << 4);
            *(uint*)target = (uint)(bytes[0] | (bytes[1] << 8) | (bytes[2] << 16) | (bytes[3] << 24));
            target += CodeFormat.GroupBytes;
        }

        return Vector256.Sum(squares);
    }

    /// <summary>The nearest level to each element, with its sign, and its nibble.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<float> Level, Vector128<int> Nibble) Nearest(Vector128<float> scaled)
    {
        Vector128<float> size = Vector128.Abs(scaled);
        Vector128<float> level = Vector128<float>.Zero;
        Vector128<int> index = Vector128<int>.Zero;
        for (int at = 1; at <= NibbleFormat.IndexMax; at++)
        {
            float below = NibbleFormat.Levels[at - 1];
            float own = NibbleFormat.Levels[at];
            Vector128<float> reached = Vector128.GreaterThan(size, Vector128.Create((below + own) / 2));
            level += reached & Vector128.Create(own - below);
            index -= reached.AsInt32();
        }

        Vector128<float> negative = Vector128.LessThan(scaled, Vector128<float>.Zero);
        return (
            Vector128.ConditionalSelect(negative, -level, level),
            Vector128.Create(NibbleFormat.Zero) + Vector128.ConditionalSelect(negative.AsInt32(), -index, index));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Widen(Vector128<float> x) =>
        Vector256.Create(Vector128.WidenLower(x), Vector128.WidenUpper(x));
}
