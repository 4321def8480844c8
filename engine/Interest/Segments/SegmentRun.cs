namespace Ebb.Engine.Interest.Segments;

/// <summary>So many events in a row of one user that count for one segment; a user's runs stand newest first.</summary>
internal readonly record struct SegmentRun(ushort Segment, byte Count)
{
    /// <summary>One event more. Events that no record remembers any longer are left out.</summary>
    public static SegmentRun[] Push(SegmentRun[] runs, ushort segment)
    {
        bool isSame = runs.Length > 0 && runs[0].Segment == segment;
        if (isSame && (runs[0].Count < MemorySchema.RecentEventCountMax || runs.Length == 1))
        {
            int count = Math.Min(runs[0].Count + 1, MemorySchema.RecentEventCountMax);
            if (runs.Length == 1)
            {
                runs[0] = new SegmentRun(segment, (byte)count);
                return runs;
            }

            return Trim([new SegmentRun(segment, (byte)count), .. runs.AsSpan(1)]);
        }

        return isSame ? Trim(runs) : Trim([new SegmentRun(segment, 1), .. runs]);
    }

    private static SegmentRun[] Trim(SegmentRun[] runs)
    {
        int left = MemorySchema.RecentEventCountMax;
        int kept = 0;
        while (kept < runs.Length && left > 0)
        {
            runs[kept] = runs[kept] with { Count = (byte)Math.Min(runs[kept].Count, left) };
            left -= runs[kept].Count;
            kept++;
        }

        return runs[..kept];
    }
}
