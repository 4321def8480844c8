using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>
/// What became of a rule, when. Of a removal, Author and Reason of the rule are who took it out and why.
/// </summary>
public sealed record RuleChangeResult(EbbRule Rule)
{
    public EbbRuleWhat What { get; init; }

    /// <summary>Place in the audit.</summary>
    public ulong Sequence { get; init; }

    /// <summary>0 for a rule that is listed as in force.</summary>
    public long TimeMs { get; init; }
}
