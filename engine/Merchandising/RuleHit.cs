using Ebb.Engine.Catalogue;

namespace Ebb.Engine.Merchandising;

/// <summary>Which rules name a row. Within a lease.</summary>
internal static class RuleHit
{
    public static bool Names(ShopRule rule, int row, CatalogueLease lease) => rule.Subject switch
    {
        RuleSubject.Item => lease.Id(row).SequenceEqual(rule.Value.Span),
        RuleSubject.Category => lease.Category(row) == rule.Value.ToString(),
        RuleSubject.Brand => lease.Brand(row) == rule.Value.ToString(),
        RuleSubject.Merchant => lease.Merchant(row) == rule.Value.ToString(),
        _ => lease.Tags(row).Contains(rule.Value.ToString()),
    };

    /// <summary>Those of every segment: who asks is told for whom each is.</summary>
    public static ShopRule[] AllOf(int row, CatalogueLease lease)
    {
        var hits = new List<ShopRule>();
        foreach (ShopRule rule in lease.Rules.Rules)
        {
            if (Names(rule, row, lease))
            {
                hits.Add(rule);
            }
        }

        return [.. hits];
    }
}
