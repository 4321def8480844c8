using Ebb.Engine.Catalogue;

namespace Ebb.Engine.Encoders;

/// <summary>A bundle's vectors by item id. Immutable once made.</summary>
internal sealed class BundleLookup
{
    private readonly IdTable _rows = new();
    private readonly BundleVectors _vectors;

    public BundleLookup(BundleVectors vectors)
    {
        _vectors = vectors;
        _rows.EnsureRows(vectors.Count);
        for (int row = 0; row < vectors.Count; row++)
        {
            _rows.Add(row, vectors.Ids[row].Span);
        }
    }

    public bool TryFind(ReadOnlySpan<byte> id, out ReadOnlyMemory<float> vector)
    {
        bool isKnown = _rows.TryFind(id, out int row);
        vector = isKnown ? _vectors.Row(row) : default;
        return isKnown;
    }
}
