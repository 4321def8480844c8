namespace Ebb.Protocol;

/// <summary>What the engine did with the user's list. Wire numbers.</summary>
public enum EbbListDecision : byte
{
    /// <summary>No list was kept for this user, surface and filter: ranked afresh.</summary>
    New = 0,

    /// <summary>Interest hardly moved: the kept list.</summary>
    Keep = 1,

    /// <summary>Interest moved some: only items that no longer earn their place were replaced.</summary>
    Refresh = 2,

    /// <summary>Interest shifted: ranked afresh and diversified.</summary>
    Diversify = 3,

    /// <summary>The user has no direction yet: what is popular.</summary>
    Popular = 4,
}
