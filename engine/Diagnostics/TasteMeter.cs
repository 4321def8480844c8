using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Ebb.Engine.Store;

namespace Ebb.Engine.Diagnostics;

/// <summary>
/// The evidence for another taste in one user's last events, for both alarms. Nothing of it is stored: it is read from
/// the record. A partition's writer.
/// </summary>
internal sealed class TasteMeter(TasteMonitor monitor)
{
    private readonly uint[] _codes = new uint[TasteTest.EventCountMax];
    private readonly long[] _times = new long[TasteTest.EventCountMax];

    public TasteMonitor Monitor => monitor;

    /// <summary>Counts the list of a user who has gone on since their last one.</summary>
    public void Add(ListJob job, CatalogueLease catalogue)
    {
        if (job.Held?.UserSequence == job.UserSequence)
        {
            return;
        }

        int count = Take(job.Recent.AsSpan(0, job.RecentCount), catalogue);
        int codeCount = catalogue.CountTexts(AttributeKind.Category);
        double evidence = Evidence(count, codeCount);
        bool isFlagged = evidence >= monitor.AlarmFrom(job.Policy.Policy.TasteAlarmFrom);
        bool wasFlagged = isFlagged && Evidence(BeforeNewest(count), codeCount)
            >= monitor.AlarmFrom(job.Policy.Policy.TasteAlarmFrom);
        monitor.Add(evidence, isFlagged, !wasFlagged);
    }

    public double Read(UserRecord record, CatalogueLease catalogue)
    {
        Span<RecentEvent> recent = stackalloc RecentEvent[record.RecentCount];
        for (int index = 0; index < recent.Length; index++)
        {
            recent[index] = record.GetRecent(index);
        }

        return Evidence(Take(recent, catalogue), catalogue.CountTexts(AttributeKind.Category));
    }

    private double Evidence(int count, int codeCount) =>
        TasteTest.Evidence(_codes.AsSpan(0, count), _times.AsSpan(0, count), codeCount);

    /// <summary>Oldest first; events that say nothing of a taste are left out.</summary>
    private int Take(ReadOnlySpan<RecentEvent> recent, CatalogueLease catalogue)
    {
        int count = 0;
        for (int index = recent.Length - 1; index >= 0; index--)
        {
            uint code = catalogue.CategoryCode((int)recent[index].ItemIndex);
            if (code != 0 && recent[index].Weight > 0)
            {
                _codes[count] = code;
                _times[count++] = recent[index].TimeMs;
            }
        }

        return count;
    }

    private int BeforeNewest(int count)
    {
        int before = count;
        while (before > 0 && _times[before - 1] == _times[count - 1])
        {
            before--;
        }

        return before;
    }
}
