using Ebb.Engine.Graph.Live;
using Ebb.Engine.Merchandising;
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

    public ulong Generation => _catalogue.Generation;

    /// <summary>Live items.</summary>
    public int ItemCount => _catalogue.Table.LiveCount;

    /// <summary>The rows that scans see; which of them a query may return is said by <see cref="Excluded"/>.</summary>
    public ItemMatrix Items => _catalogue.Table.Matrix;

    /// <summary>The index of a live item.</summary>
    public bool TryFind(ReadOnlySpan<byte> id, out int index) =>
        _catalogue.Table.Ids.TryFind(id, out index) && _catalogue.Table.IsLive(index);

    /// <summary>The same with what <see cref="HashOf"/> gave for the id.</summary>
    internal bool TryFind(ReadOnlySpan<byte> id, uint hash, out int index) =>
        _catalogue.Table.Ids.TryFind(id, hash, out index) && _catalogue.Table.IsLive(index);

    /// <summary>Valid within the lease.</summary>
    internal uint HashOf(ReadOnlySpan<byte> id) => _catalogue.Table.Ids.Hash(id);

    /// <summary>First step of a lookup that should not wait: well before the second.</summary>
    internal void PrefetchSlot(uint hash) => _catalogue.Table.Ids.PrefetchSlot(hash);

    /// <summary>Second step: where the id and the version of the row stand.</summary>
    internal void PrefetchRow(uint hash)
    {
        int row = _catalogue.Table.Ids.FirstRow(hash);
        if (row >= 0)
        {
            _catalogue.Table.PrefetchRow(row);
        }
    }

    /// <summary>Third step: the id itself.</summary>
    internal void PrefetchId(uint hash)
    {
        int row = _catalogue.Table.Ids.FirstRow(hash);
        if (row >= 0)
        {
            _catalogue.Table.Ids.PrefetchId(row);
        }
    }

    /// <summary>The id of a row, live or removed; empty when the row has none.</summary>
    public ReadOnlySpan<byte> Id(int index) => _catalogue.Table.Ids.Id(index);

    public ReadOnlySpan<float> Vector(int index) => _catalogue.Table.Matrix.Row(index);

    /// <summary>The vector that the item was put with: not the one that the graph gave it.</summary>
    internal ReadOnlySpan<float> OwnVector(int index) =>
        _catalogue.Table.Own.Of(index, _catalogue.Table.Matrix);

    /// <summary>The generation at which the row's vector was last put.</summary>
    public ulong Version(int index) => _catalogue.Table.Version(index);

    public bool IsLive(int index) => _catalogue.Table.IsLive(index);

    public bool InStock(int index) => _catalogue.Table.InStock(index);

    /// <summary>In stock and within its window: what plain lists may show.</summary>
    public bool IsOnSale(int index) => !_catalogue.Table.Plain[index];

    /// <summary>Window and price of a row.</summary>
    public ItemShelf Shelf(int index) => _catalogue.Table.Shelf[index];

    /// <summary>The rules in force.</summary>
    public RuleBook Rules => _catalogue.Table.Rules;

    /// <summary>
    /// The generation of the last change of rules, and of the last patch or moment that put something on sale again: a
    /// list's candidates of an older scan may lack what belongs in it now.
    /// </summary>
    internal ulong OfferGeneration => _catalogue.Table.OfferGeneration;

    internal RuleWeights? Weights => _catalogue.Table.Weights;

    /// <summary>Brands, categories and other kinds, with the graph's vectors.</summary>
    internal KindTables Kinds => _catalogue.Table.Kinds;

    /// <summary>Whether rules add to the scores of a request with this filter.</summary>
    internal bool HasWeights(ItemFilter filter) => Weights is { } weights && weights.Active(filter.Segment) != 0;

    /// <summary>Codes are for ever, as indices are: 0 is none, a text keeps its code through recovery.</summary>
    public uint CategoryCode(int index) => _catalogue.Table.Codes(index).Category;

    /// <summary>The same by row in one array, at least as long as there are rows; do not write to it.</summary>
    public int[] CategoryCodes => _catalogue.Table.Categories;

    public uint BrandCode(int index) => _catalogue.Table.Codes(index).Brand;

    public uint MerchantCode(int index) => _catalogue.Table.Codes(index).Merchant;

    public ReadOnlySpan<uint> TagCodes(int index) => _catalogue.Table.Tags(index);

    public string? Category(int index) => Text(AttributeKind.Category, CategoryCode(index));

    public string? Brand(int index) => Text(AttributeKind.Brand, BrandCode(index));

    public string? Merchant(int index) => Text(AttributeKind.Merchant, MerchantCode(index));

    /// <summary>The row's tags as texts; allocates.</summary>
    public string[] Tags(int index)
    {
        ReadOnlySpan<uint> codes = TagCodes(index);
        string[] texts = new string[codes.Length];
        for (int at = 0; at < texts.Length; at++)
        {
            texts[at] = Text(AttributeKind.Tag, codes[at])!;
        }

        return texts;
    }

    /// <summary>The text of a code; null for 0 and codes never given.</summary>
    public string? Text(AttributeKind kind, uint code) => _catalogue.Table.Dictionary(kind).Text(code);

    /// <summary>The code of a text, 0 when it has none.</summary>
    internal uint Code(AttributeKind kind, string text) => _catalogue.Table.Dictionary(kind).Find(text);

    /// <summary>Texts that have a code.</summary>
    internal int RowCount => _catalogue.Table.RowCount;

    internal int CountTexts(AttributeKind kind) => _catalogue.Table.Dictionary(kind).Count;

    /// <summary>
    /// The rows that a query with this filter leaves out. A set bit for every row that is not live or that the filter
    /// refuses, and for the rows past the end that it covers. Kept per filter; do not write to it, clone it.
    /// </summary>
    public ItemBitmap Excluded(ItemFilter filter) => _catalogue.Filters.Get(filter);

    public void Dispose() => _catalogue.EndRead();
}
