namespace Ebb.Engine.Merchandising;

/// <summary>
/// An entry of the audit: what became of a rule, when. Of a removal, Author and Reason of the rule are who took it out
/// and why.
/// </summary>
public sealed record RuleChange(ulong Sequence, long TimeMs, RuleWhat What, ShopRule Rule);
