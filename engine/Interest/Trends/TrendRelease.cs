namespace Ebb.Engine.Interest.Trends;

/// <summary>The sums of all items, by row, and of all categories, by code, as they may be told. Not changed.</summary>
internal sealed record TrendRelease(TrendSums[] Items, TrendSums[] Categories);
