namespace Ebb.Engine.Merchandising;

/// <summary>What became of a rule. The numbers are the log's and the wire's.</summary>
public enum RuleWhat : byte
{
    Put = 0,
    Removed = 1,

    /// <summary>Its time was over; nobody took it out.</summary>
    Expired = 2,

    /// <summary>In no audit: how a base and the wire list a rule that is in force.</summary>
    InForce = 3,
}
