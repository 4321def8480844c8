using FASTER.core;

namespace Ebb.Engine.Store.Spill;

/// <summary>Keys by their bytes under our seeded hash (see <see cref="KeyHash"/>).</summary>
internal sealed class SpillKeyComparer : IFasterEqualityComparer<SpanByte>
{
    public long GetHashCode64(ref SpanByte key) => (long)KeyHash.Compute(key.AsReadOnlySpan());

    public bool Equals(ref SpanByte left, ref SpanByte right) =>
        left.AsReadOnlySpan().SequenceEqual(right.AsReadOnlySpan());
}
