namespace Ebb.Engine.Interest;

/// <summary>Which events of a user share a burst cap. Numbers are written into the schema.</summary>
public enum BurstScope : byte
{
    /// <summary>All of them.</summary>
    User = 0,

    /// <summary>Those of one item.</summary>
    Item = 1,

    /// <summary>Those of one type.</summary>
    Type = 2,

    /// <summary>Those of one item and one type.</summary>
    ItemAndType = 3,
}
