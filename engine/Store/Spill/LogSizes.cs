using System.Numerics;

namespace Ebb.Engine.Store.Spill;

/// <summary>
/// FASTER's sizes for a memory budget. FASTER takes powers of two, so the circle is rounded up to one and the pages
/// beyond the budget are declared empty; a page costs two sectors more than it holds, which counts too.
/// </summary>
internal readonly record struct LogSizes(
    int PageBytes, long CircleBytes, int EmptyPageCount, long SegmentBytes, long IndexBytes)
{
    /// <summary>Fewest pages that FASTER turns over without waiting for its own flush all the time.</summary>
    internal const int PageCountMin = 8;

    private const int PageBytesMin = 16 << 10;
    private const int PageBytesMax = 1 << 20;
    private const long SegmentBytesMin = 1 << 20;
    private const long SegmentBytesMax = 256 << 20;
    private const int SlotsPerPageMin = 4;

    // One page is allocated ahead of the tail and one may wait to be closed.
    private const int PagesInTransit = 2;

    // A bucket of the index is one cache line of seven entries.
    private const int BucketBytes = 64;
    private const int EntriesPerBucket = 7;
    private const long IndexBytesMin = 512;

    internal static LogSizes For(long memoryBytes, long userCountHint, int slotBytes)
    {
        int smallest = Math.Max(PageBytesMin, PowerOfTwo((long)slotBytes * SlotsPerPageMin));
        int wanted = (int)Math.Min(PageBytesMax, PowerOfTwo(Math.Max(memoryBytes, 1) / 32));
        int pageBytes = Math.Max(smallest, wanted);
        long pageCount = Math.Max(PageCountMin, memoryBytes / (pageBytes + (2 * SpillDevice.BlockBytes)));
        long circlePages = (long)BitOperations.RoundUpToPowerOf2((ulong)pageCount);
        int empty = (int)(circlePages - pageCount) + PagesInTransit;
        long segment = (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(memoryBytes / 4, 1));
        segment = Math.Max(pageBytes, Math.Clamp(segment, SegmentBytesMin, SegmentBytesMax));
        return new LogSizes(pageBytes, circlePages * pageBytes, empty, segment, IndexBytesFor(userCountHint));
    }

    /// <summary>How many users the index holds before a bucket overflows on average.</summary>
    internal static long UsersOf(long indexBytes) => indexBytes / BucketBytes * EntriesPerBucket;

    private static long IndexBytesFor(long userCountHint)
    {
        long buckets = (Math.Max(userCountHint, 1) / EntriesPerBucket) + 1;
        return Math.Max(IndexBytesMin, (long)BitOperations.RoundUpToPowerOf2((ulong)buckets) * BucketBytes);
    }

    private static int PowerOfTwo(long atLeast) => checked((int)BitOperations.RoundUpToPowerOf2((ulong)atLeast));
}
