namespace Ebb.Engine.Catalogue;

/// <summary>
/// Prices from Min to Max, both included; infinite: no bound. An item without a price is in no range.
/// </summary>
public readonly record struct PriceRange(float Min, float Max)
{
    public bool Holds(in ItemShelf shelf) => shelf.HasPrice && shelf.Price >= Min && shelf.Price <= Max;
}
