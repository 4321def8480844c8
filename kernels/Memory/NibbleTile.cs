using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Ebb.Kernels.Memory;

/// <summary>
/// Where the nibbles of a tile lie, and of those behind it in the chunk: the nibbles, the tiles' bounds in the terms of
/// <see cref="TileBounds"/>, a byte a row with its own error (<see cref="NibbleFormat.RowErrorsPerUnit"/>).
/// </summary>
internal readonly unsafe struct NibbleTile(byte* nibbles, TileBounds bounds, byte* rowErrors)
{
    private const int LineBytes = 64;

    public byte* Nibbles { get; } = nibbles;

    public TileBounds Bounds { get; } = bounds;

    public byte* RowErrors { get; } = rowErrors;

    /// <summary>
    /// Asks memory for what is read when so many tiles have been scanned: their rows' errors, and the bounds of as many
    /// tiles behind them. The nibbles between keep it busy meanwhile.
    /// </summary>
    // SAFETY: prefetches never fault, so the stretch behind may be none.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AskForBounds(int tileCount)
    {
        if (Sse.IsSupported)
        {
            for (int at = 0; at < tileCount * CodeFormat.TileRows; at += LineBytes)
            {
                Sse.Prefetch0(RowErrors + at);
            }

            for (int tile = tileCount; tile < 2 * tileCount; tile += LineBytes / sizeof(float))
            {
                Sse.Prefetch0(Bounds.Scale + tile);
                Sse.Prefetch0(Bounds.Inverse + tile);
                Sse.Prefetch0(Bounds.Error + tile);
                Sse.Prefetch0(Bounds.Norm + tile);
            }
        }
    }
}
