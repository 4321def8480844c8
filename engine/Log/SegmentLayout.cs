using System.Globalization;

namespace Ebb.Engine.Log;

/// <summary>
/// Where a logical address of a partition's log lies on disk. Pages never straddle segments, entries never straddle
/// pages, and a page's first entry begins where the page begins: that is what lets a sequence be found by bisection.
/// These sizes belong to the format: changing one needs a new version in <see cref="CommitFile"/>.
/// </summary>
internal static class SegmentLayout
{
    public const int PageBytes = 256 * 1024;

    /// <summary>One file; what a trim can give back to the disk at a time.</summary>
    public const int SegmentBytes = 64 * 1024 * 1024;

    /// <summary>The log library keeps the first bytes of page 0 for itself.</summary>
    public const long FirstAddress = 64;

    /// <summary>The library's own entry header: the entry's length; zero or negative is no entry.</summary>
    public const int EntryHeaderBytes = 4;

    public const int SectorBytes = 512;

    private const string FilePrefix = "entries.";

    public static int SegmentOf(long address) => (int)(address / SegmentBytes);

    public static long PageStart(long address) => address & ~(PageBytes - 1L);

    public static long SegmentStart(long address) => address & ~(SegmentBytes - 1L);

    /// <summary>Bytes of an entry with its header, rounded as the library rounds.</summary>
    public static int EntryBytes(int frameBytes) => EntryHeaderBytes + ((frameBytes + 3) & ~3);

    public static string SegmentPath(string folder, int segment) =>
        Path.Combine(folder, FilePrefix + segment.ToString("D6", CultureInfo.InvariantCulture));

    /// <summary>Numbers of the segment files present, ascending.</summary>
    public static List<int> SegmentsIn(string folder)
    {
        List<int> segments = [];
        foreach (string path in Directory.EnumerateFiles(folder, FilePrefix + "*"))
        {
            string number = Path.GetFileName(path)[FilePrefix.Length..];
            if (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int segment))
            {
                segments.Add(segment);
            }
        }

        segments.Sort();
        return segments;
    }
}
