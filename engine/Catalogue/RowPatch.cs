namespace Ebb.Engine.Catalogue;

/// <summary>The fields of a patch as staged and logged. No field: the row's window is looked at again.</summary>
internal readonly record struct RowPatch(byte Fields, bool InStock, long FromMs, long UntilMs, float Price)
{
    public const byte StockField = 1;
    public const byte FromField = 2;
    public const byte UntilField = 4;
    public const byte PriceField = 8;
    public const byte NoPriceField = 16;
    public const byte KnownFields = StockField | FromField | UntilField | PriceField | NoPriceField;

    public static RowPatch Of(ItemPatch patch) => new(
        (byte)((patch.InStock is null ? 0 : StockField) | (patch.ValidFromMs is null ? 0 : FromField)
            | (patch.ValidUntilMs is null ? 0 : UntilField) | (patch.Price is null ? 0 : PriceField)
            | (patch.RemovesPrice ? NoPriceField : 0)),
        patch.InStock ?? false, patch.ValidFromMs ?? 0, patch.ValidUntilMs ?? 0, patch.Price ?? 0);

    /// <summary>A price given overrules its removal, and the other way round.</summary>
    private byte Overruled => Has(PriceField) || Has(NoPriceField) ? (byte)(PriceField | NoPriceField) : (byte)0;

    public bool Has(byte field) => (Fields & field) != 0;

    /// <summary>This patch, and a later one over it.</summary>
    public RowPatch Then(in RowPatch later) => new(
        (byte)((Fields & ~later.Overruled) | later.Fields),
        later.Has(StockField) ? later.InStock : InStock,
        later.Has(FromField) ? later.FromMs : FromMs,
        later.Has(UntilField) ? later.UntilMs : UntilMs,
        later.Has(PriceField) ? later.Price : Price);

    /// <summary>What is left when the item is put whole after it: that says the stock.</summary>
    public RowPatch WithoutStock() => this with { Fields = (byte)(Fields & ~StockField) };
}
