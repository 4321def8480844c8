namespace Ebb.Engine.Graph;

/// <summary>Who says that an edge is there; it stays while any does. The first of them gives the weight.</summary>
[Flags]
internal enum EdgeOrigins : byte
{
    None = 0,

    /// <summary>A caller gave it.</summary>
    Given = 1,

    /// <summary>Learned from what is done together.</summary>
    Learned = 2,

    /// <summary>An item's own category, brand, merchant or tag; of weight 1, and in no log.</summary>
    Attribute = 4,
}
