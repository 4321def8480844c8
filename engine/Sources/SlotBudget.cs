namespace Ebb.Engine.Sources;

/// <summary>What the rows of a table may take together, in slots of 8 bytes. For the learner alone.</summary>
internal sealed class SlotBudget(int rowSlotCountMax, long slotCountMax)
{
    private long _left = slotCountMax;

    public int RowSlotCountMax => rowSlotCountMax;

    public bool TryTake(int slotCount)
    {
        if (_left < slotCount)
        {
            return false;
        }

        _left -= slotCount;
        return true;
    }
}
