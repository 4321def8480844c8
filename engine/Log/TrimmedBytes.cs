using Ebb.Engine.Encryption;
using Microsoft.Win32.SafeHandles;

namespace Ebb.Engine.Log;

/// <summary>
/// Takes what was trimmed off the medium: whole segments before the begin (one may be left where deleting it failed)
/// and the part of its own segment that lies before it.
/// </summary>
internal static class TrimmedBytes
{
    private const int ChunkBytes = 1 << 20;

    /// <param name="folder">The partition's.</param>
    /// <param name="beginAddress">Where the log begins.</param>
    /// <param name="whileStill">
    /// Runs what it is given while nobody writes to the log. The log writes past the system's cache and this through
    /// it, whose pages hold more than a sector: one made dirty here would bring older bytes over what the log wrote
    /// there.
    /// </param>
    public static void Erase(string folder, long beginAddress, Action<Action> whileStill)
    {
        int first = SegmentLayout.SegmentOf(beginAddress);
        foreach (int segment in SegmentLayout.SegmentsIn(folder).Where(number => number < first))
        {
            FileMedium.Of(folder).Delete(SegmentLayout.SegmentPath(folder, segment));
        }

        string path = SegmentLayout.SegmentPath(folder, first);
        long until = beginAddress - SegmentLayout.SegmentStart(beginAddress);
        if (FolderCipher.Of(folder) is not null)
        {
            // Half a hidden sector cannot be erased without writing the other half, which is the log's to write. What
            // is to go is not in it: see the pad of FORGET.
            until -= until % SegmentLayout.SectorBytes;
        }

        if (until > 0 && File.Exists(path))
        {
            // What no page shares with the log first: it can take long.
            long apart = until - (until % DirectFile.AlignmentBytes);
            Overwrite(path, 0, apart);
            whileStill(() => Overwrite(path, apart, until));
        }
    }

    private static void Overwrite(string path, long from, long until)
    {
        if (from == until)
        {
            return;
        }

        FileMedium medium = FileMedium.Of(path);
        using SafeFileHandle file = medium.Open(path, FileMode.Open, FileAccess.Write);
        byte[] zeros = new byte[(int)Math.Min(ChunkBytes, until - from)];

        // A log that is not as long as its begin has no byte there to erase.
        until = Math.Min(until, RandomAccess.GetLength(file));
        for (long at = from; at < until; at += zeros.Length)
        {
            medium.Write(path, file, zeros.AsSpan(0, (int)Math.Min(zeros.Length, until - at)), at);
        }

        medium.Sync(path, file);
    }
}
