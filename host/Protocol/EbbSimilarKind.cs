namespace Ebb.Protocol;

/// <summary>What SIMILAR asks for.</summary>
public enum EbbSimilarKind : byte
{
    /// <summary>Near the basket's direction: what could be had instead.</summary>
    Similar = 0,

    /// <summary>Done together with the basket's items: what goes with it.</summary>
    Complementary = 1,
}
