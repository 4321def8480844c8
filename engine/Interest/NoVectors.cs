namespace Ebb.Engine.Interest;

/// <summary>For entries that fold no vector.</summary>
internal readonly struct NoVectors : IItemVectors
{
    public ReadOnlySpan<float> Vector(uint itemIndex, ulong itemVersion) =>
        throw new InvalidOperationException("no vector is folded here");
}
