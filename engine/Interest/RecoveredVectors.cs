using Ebb.Engine.Catalogue;

namespace Ebb.Engine.Interest;

/// <summary>Vectors for replay: the version that an entry names, from the catalogue's history.</summary>
internal readonly struct RecoveredVectors(CatalogueHistory history) : IItemVectors
{
    public ReadOnlySpan<float> Vector(uint itemIndex, ulong itemVersion) =>
        history.TryGetVector((int)itemIndex, itemVersion, out ReadOnlySpan<float> vector)
            ? vector
            : throw new EngineStartException(
                $"the event log names version {itemVersion} of item {itemIndex}, which the catalogue's log does not"
                + " hold: restore both from the same backup");
}
