namespace Ebb.Engine.Similar;

/// <summary>What items to items means. The numbers are the wire's.</summary>
public enum SimilarKind : byte
{
    /// <summary>Near the basket's direction: what could be had instead.</summary>
    Similar = 0,

    /// <summary>Done together with the basket's items by the population: what goes with it.</summary>
    Complementary = 1,
}
