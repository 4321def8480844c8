using Ebb.Engine.Merchandising;

namespace Ebb.Engine.Catalogue;

/// <summary>Rules about items: each change of one is a change of the catalogue, logged and with a generation.</summary>
public sealed partial class ItemCatalogue
{
    /// <summary>The rules in force and the audit.</summary>
    public RuleBook Rules => _table.Rules;

    /// <summary>Puts a rule, or replaces the one of its number. Durable when it returns.</summary>
    public Task<RuleReply> PutRuleAsync(ShopRule rule) => Task.Run(() => ChangeRule(RuleWhat.Put, rule));

    /// <summary>Takes a rule out again; author and reason go into the audit.</summary>
    public Task<RuleReply> RemoveRuleAsync(uint number, string author, string reason) =>
        Task.Run(() =>
        {
            ShopRule? rule = Rules.Find(number);
            return rule is null
                ? new RuleReply(EntryStatus.UnknownItem, null)
                : ChangeRule(RuleWhat.Removed, rule with { Author = author, Reason = reason });
        });

    private RuleReply ChangeRule(RuleWhat what, ShopRule rule)
    {
        lock (_writer)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            long nowMs = _shelfClock!.NowMs;

            // A rule that is about to end may still be taken out: of a removal only who and why are judged.
            EntryStatus status = _table.Rules.Judge(
                what == RuleWhat.Put ? rule : rule with { UntilMs = 0 }, nowMs);
            if (status != EntryStatus.Ok || _log.Failure is not null)
            {
                return new RuleReply(status != EntryStatus.Ok ? status : EntryStatus.StorageFailed, null);
            }

            var change = new StagedChange(_log.NextChangeId(), Options.Dimension);
            _stager.Begin(change);
            RuleChange entry = _table.Rules.Next(what, rule, nowMs);
            change.Rules.Add(entry);
            CatalogueEntry.AddRule(change.Entries, change.Id, entry);
            try
            {
                Publish(change, out _);
                return new RuleReply(EntryStatus.Ok, entry);
            }
            catch (CatalogueRefusedException refused)
            {
                return new RuleReply(refused.Status, null);
            }
        }
    }

    /// <summary>Into the change that time makes.</summary>
    private void ExpireRules(StagedChange change)
    {
        long nowMs = _shelfClock!.NowMs;
        RuleBook book = _table.Rules;
        foreach (ShopRule rule in book.Rules.Where(rule => rule.UntilMs != 0 && rule.UntilMs <= nowMs))
        {
            RuleChange entry = book.Next(RuleWhat.Expired, rule, nowMs);
            book = book.With(entry);
            change.Rules.Add(entry);
            CatalogueEntry.AddRule(change.Entries, change.Id, entry);
        }
    }
}
