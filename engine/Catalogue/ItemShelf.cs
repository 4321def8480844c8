namespace Ebb.Engine.Catalogue;

/// <summary>What a row is sold for and when. All zero: no bounds, no price.</summary>
public readonly record struct ItemShelf
{
    /// <summary>0: none.</summary>
    public long ValidFromMs { get; init; }

    /// <summary>Not in the window any more from here on; 0: none.</summary>
    public long ValidUntilMs { get; init; }

    public float Price { get; init; }

    public bool HasPrice { get; init; }

    public bool IsOpen(long nowMs) => nowMs >= ValidFromMs && (ValidUntilMs == 0 || nowMs < ValidUntilMs);

    /// <summary>When the window next opens or closes; long.MaxValue: never again.</summary>
    internal long NextEdgeMs(long nowMs)
    {
        if (ValidFromMs > nowMs)
        {
            return ValidFromMs;
        }

        return ValidUntilMs > nowMs ? ValidUntilMs : long.MaxValue;
    }

    internal bool IsWindowEmpty => ValidUntilMs != 0 && ValidUntilMs <= ValidFromMs;

    internal ItemShelf With(in RowPatch patch) => new()
    {
        ValidFromMs = patch.Has(RowPatch.FromField) ? patch.FromMs : ValidFromMs,
        ValidUntilMs = patch.Has(RowPatch.UntilField) ? patch.UntilMs : ValidUntilMs,
        Price = patch.Has(RowPatch.PriceField) ? patch.Price : patch.Has(RowPatch.NoPriceField) ? 0 : Price,
        HasPrice = (HasPrice && !patch.Has(RowPatch.NoPriceField)) || patch.Has(RowPatch.PriceField),
    };
}
