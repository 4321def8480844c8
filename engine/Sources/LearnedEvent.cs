using System.Runtime.CompilerServices;
using Ebb.Engine.Store;

namespace Ebb.Engine.Sources;

/// <summary>One folded event as the learner needs it, with what the user did just before. About 150 bytes.</summary>
internal struct LearnedEvent
{
    public const int PreviousCountMax = 31;

    public uint Item;
    public float Weight;
    public long TimeMs;

    /// <summary>Time of Previous[0].</summary>
    public long PreviousMs;
    public int PreviousCount;

    /// <summary>Newest first.</summary>
    public PreviousItems Previous;

    /// <summary>
    /// The event at a place of the record (0: its newest) with the positive events before it. False when the event
    /// itself is not positive: there is nothing to learn from it.
    /// </summary>
    public bool TryRead(UserRecord record, int newestFirstIndex)
    {
        RecentEvent newest = record.GetRecent(newestFirstIndex);
        if (!(newest.Weight > 0))
        {
            return false;
        }

        Item = newest.ItemIndex;
        Weight = newest.Weight;
        TimeMs = newest.TimeMs;
        PreviousCount = 0;
        int count = record.RecentCount;
        for (int index = newestFirstIndex + 1; index < count && PreviousCount < PreviousCountMax; index++)
        {
            RecentEvent recent = record.GetRecent(index);
            if (recent.Weight > 0)
            {
                PreviousMs = PreviousCount == 0 ? recent.TimeMs : PreviousMs;
                Previous[PreviousCount++] = recent.ItemIndex;
            }
        }

        return true;
    }

    [InlineArray(PreviousCountMax)]
    internal struct PreviousItems
    {
        private uint _first;
    }
}
