using Ebb.Kernels.Memory;

namespace Ebb.Engine.Catalogue;

/// <summary>
/// One generation of the catalogue, held still until disposed: changes wait to be published meanwhile. Take one per
/// batch, give it back on the same thread, never nest two on one thread. Spans and bitmaps from it are valid within it;
/// other threads may use Items and bitmaps while the taker holds it.
/// </summary>
public readonly ref struct CatalogueLease
{
    private readonly ItemCatalogue _catalogue;

    internal CatalogueLease(ItemCatalogue catalogue)
    {
        _catalogue = catalogue;
    }

    public ulong Generation => throw new NotImplementedException();

    /// <summary>Live items.</summary>
    public int ItemCount => throw new NotImplementedException();

    /// <summary>The rows that scans see; which of them a query may return is said by <see cref="Excluded"/>.</summary>
    public ItemMatrix Items => throw new NotImplementedException();

    /// <summary>The index of a live item.</summary>
    public bool TryFind(ReadOnlySpan<byte> id, out int index) => throw new NotImplementedException();

    /// <summary>The id of a row, live or removed; empty when the row has none.</summary>
    public ReadOnlySpan<byte> Id(int index) => throw new NotImplementedException();

    public ReadOnlySpan<float> Vector(int index) => throw new NotImplementedException();

    /// <summary>The generation at which the row's vector was last put.</summary>
    public ulong Version(int index) => throw new NotImplementedException();

    public bool IsLive(int index) => throw new NotImplementedException();

    public bool InStock(int index) => throw new NotImplementedException();

    /// <summary>Codes are for ever, as indices are: 0 is none, a text keeps its code through recovery.</summary>
    public uint CategoryCode(int index) => throw new NotImplementedException();

    public uint BrandCode(int index) => throw new NotImplementedException();

    public uint MerchantCode(int index) => throw new NotImplementedException();

    public ReadOnlySpan<uint> TagCodes(int index) => throw new NotImplementedException();

    public string? Category(int index) => throw new NotImplementedException();

    public string? Brand(int index) => throw new NotImplementedException();

    public string? Merchant(int index) => throw new NotImplementedException();

    /// <summary>The row's tags as texts; allocates.</summary>
    public string[] Tags(int index) => throw new NotImplementedException();

    /// <summary>The text of a code; null for 0 and codes never given.</summary>
    public string? Text(AttributeKind kind, uint code) => throw new NotImplementedException();

    /// <summary>
    /// The rows that a query with this filter leaves out. A set bit for every row that is not live or that the filter
    /// refuses, and for the rows past the end that it covers. Kept per filter; do not write to it, clone it.
    /// </summary>
    public ItemBitmap Excluded(ItemFilter filter) => throw new NotImplementedException();

    public void Dispose() => _catalogue.EndRead();
}
