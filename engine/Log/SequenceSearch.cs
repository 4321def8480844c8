namespace Ebb.Engine.Log;

/// <summary>
/// Finds an entry by its sequence without an index: every page begins with an entry, so the page is found by
/// bisection over the pages' first entries and the entry by walking that page. Pure but for the cursor it moves.
/// </summary>
internal static class SequenceSearch
{
    /// <summary>
    /// Address of an entry that <paramref name="point"/> holds; null if an entry on the way is damaged (the cursor's
    /// fault says how).
    /// </summary>
    public static long? AddressOf(FrameCursor cursor, CommitPoint point, ulong sequence)
    {
        long low = point.BeginAddress / SegmentLayout.PageBytes;
        long high = (point.UntilAddress - 1) / SegmentLayout.PageBytes;
        while (low < high)
        {
            long middle = low + ((high - low + 1) / 2);
            cursor.Seek(PageFirst(middle, point));
            if (cursor.MoveNext(point.UntilAddress) != CursorStep.Entry)
            {
                return null;
            }

            if (cursor.Position.Sequence <= sequence)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        cursor.Seek(PageFirst(low, point));
        while (cursor.MoveNext(point.UntilAddress) == CursorStep.Entry && cursor.Position.Sequence <= sequence)
        {
            if (cursor.Position.Sequence == sequence)
            {
                return cursor.Address;
            }
        }

        return null;
    }

    private static long PageFirst(long page, CommitPoint point) =>
        Math.Max(page * SegmentLayout.PageBytes, point.BeginAddress);
}
