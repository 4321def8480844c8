using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Store;

namespace Ebb.Engine.Interest.Flows;

/// <summary>
/// Finds where an admitted event comes from: the category of its user's positive event before it, in the record or
/// earlier in the batch. Decided at admission because replay over a newer base could not look it up any more. Used by
/// one partition's writer.
/// </summary>
internal sealed class PreviousCategories(FlowRule rule, UserWorkingSet users)
{
    private readonly double _gapMaxMs = MemorySchema.HalfLifeMs(rule.GapMax);
    private readonly Dictionary<int, (uint Category, long TimeMs)> _batch = [];

    public void BeginBatch() => _batch.Clear();

    /// <summary>The codes of an event to be folded; both 0 where it moves nobody.</summary>
    public (uint From, uint To) Of(in RequestEvent asked, float weight, int row, CatalogueLease catalogue)
    {
        uint to = catalogue.CategoryCode(row);
        if (!(weight > 0))
        {
            return default;
        }

        bool isKnown = _batch.TryGetValue(asked.Slot, out (uint Category, long TimeMs) before)
            || TryReadRecord(asked.Slot, catalogue, out before);
        _batch[asked.Slot] = (to, asked.TimeMs);
        bool isNear = isKnown && Math.Abs((double)asked.TimeMs - before.TimeMs) <= _gapMaxMs;
        return to == 0 ? default : (isNear ? before.Category : 0, to);
    }

    private bool TryReadRecord(int slot, CatalogueLease catalogue, out (uint Category, long TimeMs) before)
    {
        before = default;
        if (!users.IsFound(slot))
        {
            return false;
        }

        var record = new UserRecord(users.RecordBytes(slot), users.Shape);
        for (int index = 0; index < record.RecentCount; index++)
        {
            RecentEvent recent = record.GetRecent(index);
            if (recent.Weight > 0)
            {
                before = (catalogue.CategoryCode((int)recent.ItemIndex), recent.TimeMs);
                return true;
            }
        }

        return false;
    }
}
