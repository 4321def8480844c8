namespace Ebb.Kernels.Memory;

/// <summary>
/// Where the nibbles of a tile lie, and of those behind it in the chunk: the nibbles, the tiles' bounds in the terms of
/// <see cref="TileBounds"/>, a byte a row with its own error (<see cref="NibbleFormat.RowErrorsPerUnit"/>).
/// </summary>
internal readonly unsafe struct NibbleTile(byte* nibbles, TileBounds bounds, byte* rowErrors)
{
    public byte* Nibbles { get; } = nibbles;

    public TileBounds Bounds { get; } = bounds;

    public byte* RowErrors { get; } = rowErrors;
}
