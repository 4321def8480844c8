namespace Ebb.Protocol;

/// <summary>Which attribute of an item a filter value speaks of. Wire numbers.</summary>
public enum EbbAttributeKind : byte
{
    Category = 0,
    Brand = 1,
    Merchant = 2,
    Tag = 3,
}
