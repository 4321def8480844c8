using Ebb.Engine.Encryption;
using Microsoft.Win32.SafeHandles;

namespace Ebb.Engine.Log;

/// <summary>
/// Writes one partition's log, from its begin to a durable point, as files of their own. What was trimmed is left a
/// hole: it may be of somebody who was forgotten. The source is not trimmed meanwhile; it may grow.
/// </summary>
internal static class PartitionCopy
{
    private const int ChunkBytes = 1 << 20;

    public static void Write((string From, string To) folders, ushort partition, CommitPoint point, uint epoch)
    {
        DurableFile.CreateDirectory(folders.To);
        int last = SegmentLayout.SegmentOf(point.UntilAddress);
        for (int segment = SegmentLayout.SegmentOf(point.BeginAddress); segment <= last; segment++)
        {
            string source = SegmentLayout.SegmentPath(folders.From, segment);
            if (File.Exists(source))
            {
                CopySegment(source, SegmentLayout.SegmentPath(folders.To, segment), segment, point);
            }
        }

        CommitFile.Create(folders.To, partition);
        using (CommitFile commits = CommitFile.Open(folders.To, partition))
        {
            // Both slots: falling back to an empty one would lose the log.
            commits.Write(point);
            commits.Write(point with { Generation = point.Generation + 1 });
        }

        OwnerFile.Write(folders.To, partition, new PartitionTail(epoch, point.LastSequence));
    }

    private static void CopySegment(string source, string target, int segment, CommitPoint point)
    {
        long start = (long)segment * SegmentLayout.SegmentBytes;
        long from = Math.Max(point.BeginAddress, start) - start;
        long until = Math.Min(point.UntilAddress, start + SegmentLayout.SegmentBytes) - start;
        FileMedium medium = FileMedium.Of(target);
        using SafeFileHandle reader = SegmentReader.OpenForRead(source);
        using SafeFileHandle writer = medium.Open(target, FileMode.Create, FileAccess.Write);
        if (FolderCipher.Of(source) is { } keys)
        {
            using SectorCipher cipher = keys.ForSegment(source);
            CopySectors(reader, (target, writer), cipher, (from, until));
            medium.Sync(target, writer);
            return;
        }

        byte[] chunk = new byte[(int)Math.Min(ChunkBytes, Math.Max(1, until - from))];
        for (long at = from; at < until; at += chunk.Length)
        {
            Span<byte> part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, until - at));
            if (SegmentReader.ReadAll(reader, part, at) < part.Length)
            {
                throw new IOException($"{source} ends before what was committed of it");
            }

            medium.Write(target, writer, part, at);
        }

        medium.Sync(target, writer);
    }

    // The copy has the source's mark, so the same key: what changes is that nothing stands beside the part that is
    // copied, in its first sector and in its last.
    private static void CopySectors(
        SafeFileHandle reader, (string Path, SafeFileHandle File) target, SectorCipher cipher,
        (long From, long Until) part)
    {
        byte[] chunk = new byte[ChunkBytes];
        long start = part.From - (part.From % SegmentLayout.SectorBytes);
        for (long at = start; at < part.Until; at += chunk.Length)
        {
            Span<byte> plain = chunk.AsSpan(0, (int)Math.Min(chunk.Length, part.Until - at));
            if (SectorFile.Read(reader, cipher, plain, at) < plain.Length)
            {
                throw new IOException($"{target.Path}: its source ends before what was committed of it");
            }

            if (at < part.From)
            {
                plain[..(int)(part.From - at)].Clear();
            }

            SectorFile.Write(target, cipher, plain, at);
        }
    }
}
