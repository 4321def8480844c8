namespace Ebb.Engine.Catalogue;

/// <summary>
/// Vectors of item versions that entries of the users' logs may name: the current ones and those superseded since the
/// base. Built by <see cref="ItemCatalogue.Open"/> for the replay that follows it and forgotten after that (drop the
/// reference). Many threads may read it while no change is published.
/// </summary>
public sealed class CatalogueHistory
{
    /// <summary>Superseded vectors held.</summary>
    public int SupersededCount => throw new NotImplementedException();

    /// <summary>The vector that the item had at this version, whether or not the item is live.</summary>
    public bool TryGetVector(int index, ulong version, out ReadOnlySpan<float> vector) =>
        throw new NotImplementedException();
}
