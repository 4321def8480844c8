using Ebb.Engine.Catalogue;

namespace Ebb.Engine.Interest;

/// <summary>Vectors of the generation that a batch holds: admission named its versions under the same lease.</summary>
internal readonly ref struct LeasedVectors(CatalogueLease lease) : IItemVectors
{
    private readonly CatalogueLease _lease = lease;

    public ReadOnlySpan<float> Vector(uint itemIndex, ulong itemVersion) => _lease.Vector((int)itemIndex);
}
