namespace Ebb.Protocol;

/// <summary>What a rule does to the items that it names.</summary>
public enum EbbRuleAction : byte
{
    Ban = 0,
    Pin = 1,
    Boost = 2,
    Bury = 3,
}

/// <summary>By what a rule names items.</summary>
public enum EbbRuleSubject : byte
{
    Category = 0,
    Brand = 1,
    Merchant = 2,
    Tag = 3,
    Item = 4,
}

/// <summary>What became of a rule.</summary>
public enum EbbRuleWhat : byte
{
    Put = 0,
    Removed = 1,
    Expired = 2,
    InForce = 3,
}

/// <summary>What RULES asks for.</summary>
public enum EbbRulesVerb : byte
{
    List = 0,
    Put = 1,
    Remove = 2,
    Audit = 3,
}
