using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;

namespace Ebb.Engine.Batching;

/// <summary>
/// Past events in the vector space of now. From the second space on a user is made anew with the vectors that items
/// have now, whatever they had when it happened: those of then may be of another space. Pure.
/// </summary>
internal static class SpaceRebase
{
    /// <summary>An item that is gone has no vector in the new space: its events count for nothing.</summary>
    public static EventFacts Of(PartitionParts parts, in EventFacts facts, CatalogueLease lease)
    {
        int row = (int)facts.ItemIndex;
        if (parts.Schema.Schema.Space == 1 || lease.Version(row) == facts.ItemVersion)
        {
            return facts;
        }

        return facts with { ItemVersion = lease.Version(row), Weight = lease.IsLive(row) ? facts.Weight : 0 };
    }
}
