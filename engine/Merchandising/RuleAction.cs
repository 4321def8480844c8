namespace Ebb.Engine.Merchandising;

/// <summary>What a rule does to the items that it names. The numbers are the log's and the wire's.</summary>
public enum RuleAction : byte
{
    /// <summary>In no list.</summary>
    Ban = 0,

    /// <summary>At a place of the list: the item itself, or the best candidate that has the attribute.</summary>
    Pin = 1,

    /// <summary>More score, in standard deviations of it.</summary>
    Boost = 2,

    /// <summary>Less score, in standard deviations of it.</summary>
    Bury = 3,
}
