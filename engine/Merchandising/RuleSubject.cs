namespace Ebb.Engine.Merchandising;

/// <summary>By what a rule names items: the kinds of attribute (as AttributeKind), or the item's own id.</summary>
public enum RuleSubject : byte
{
    Category = 0,
    Brand = 1,
    Merchant = 2,
    Tag = 3,
    Item = 4,
}
