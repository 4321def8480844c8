namespace Ebb.Engine.Merchandising;

/// <summary>The rules in force, by number, and the latest entries of the audit, oldest first. Immutable.</summary>
public sealed class RuleBook
{
    public const int RuleCountMax = 1024;

    /// <summary>Boosts and buries together: a row's are the bits of a word.</summary>
    public const int WeightCountMax = 64;

    /// <summary>Older ones stand in the catalogue's log as long as that is retained.</summary>
    public const int AuditCountMax = 1024;

    public static readonly RuleBook Empty = new([], [], 0);

    // Asked for every list, so found once a change.
    private readonly ShopRule[] _bans;

    private RuleBook(ShopRule[] rules, RuleChange[] audit, ulong sequence)
    {
        _bans = [.. rules.Where(rule => rule.Action == RuleAction.Ban)];
        Pins = [.. rules.Where(rule => rule.Action == RuleAction.Pin)];
        Rules = rules;
        Audit = audit;
        Sequence = sequence;
    }

    public IReadOnlyList<ShopRule> Rules { get; }

    public IReadOnlyList<RuleChange> Audit { get; }

    /// <summary>Those of the rules that pin; do not write to it.</summary>
    internal ShopRule[] Pins { get; }

    /// <summary>Changes ever.</summary>
    public ulong Sequence { get; }

    /// <summary>When the next rule ends by itself; long.MaxValue: none does.</summary>
    public long NextExpiryMs => Rules.Count == 0
        ? long.MaxValue
        : Rules.Min(rule => rule.UntilMs == 0 ? long.MaxValue : rule.UntilMs);

    public ShopRule? Find(uint number) => Rules.FirstOrDefault(rule => rule.Number == number);

    public bool Bans(string segment)
    {
        foreach (ShopRule ban in _bans)
        {
            if (ban.AppliesTo(segment))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What keeps the rule from being put beside the others.</summary>
    internal EntryStatus Judge(ShopRule rule, long nowMs)
    {
        EntryStatus status = rule.Check(nowMs);
        if (status != EntryStatus.Ok)
        {
            return status;
        }

        if (rule.Number != 0 && Find(rule.Number) is null)
        {
            return EntryStatus.UnknownItem;
        }

        ShopRule[] others = [.. Rules.Where(other => other.Number != rule.Number)];
        return others.Length >= RuleCountMax
            || (rule.IsWeight && others.Count(other => other.IsWeight) >= WeightCountMax)
            ? EntryStatus.TooManyEntries
            : EntryStatus.Ok;
    }

    /// <summary>
    /// The change that is next; a new rule's number is the change's own, so that none is given twice.
    /// </summary>
    internal RuleChange Next(RuleWhat what, ShopRule rule, long nowMs)
    {
        ulong sequence = Sequence + 1;
        return new RuleChange(
            sequence, nowMs, what, rule.Number == 0 ? rule with { Number = (uint)sequence } : rule);
    }

    /// <summary>With a change; one that is in it already (a base later than the log's entry) changes nothing.</summary>
    internal RuleBook With(RuleChange change)
    {
        if (change.What == RuleWhat.InForce)
        {
            return new RuleBook(Replaced(change.Rule), [.. Audit], Math.Max(Sequence, change.Sequence));
        }

        if (change.Sequence <= Sequence)
        {
            return this;
        }

        ShopRule[] rules = change.What == RuleWhat.Put
            ? Replaced(change.Rule)
            : [.. Rules.Where(rule => rule.Number != change.Rule.Number)];
        return new RuleBook(rules, Appended(change), change.Sequence);
    }

    /// <summary>As a base has it: the audit alone, its rules come by themselves.</summary>
    internal RuleBook Remembering(RuleChange change) =>
        new([.. Rules], Appended(change), Math.Max(Sequence, change.Sequence));

    private ShopRule[] Replaced(ShopRule rule) =>
        [.. Rules.Where(other => other.Number != rule.Number).Append(rule).OrderBy(other => other.Number)];

    private RuleChange[] Appended(RuleChange change) =>
        [.. Audit.Skip(Math.Max(0, Audit.Count + 1 - AuditCountMax)), change];
}
