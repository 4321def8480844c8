using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Ebb.Engine.Log;

/// <summary>
/// Opens one partition's folder: decides where its log ends, or says in one line why it cannot be trusted. Looks at
/// the marks, the lengths of all segment files, the first entry and the last page; the entries between are checked
/// by whoever reads them. Used once, by one thread.
/// </summary>
internal sealed class PartitionRecovery(string folder, ushort partition, ILogger? logger)
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>What an opened folder holds: its durable state and the last owner's epoch.</summary>
    public readonly record struct Result(CommitFile Commits, CommitPoint Point, uint Epoch);

    public Result Open()
    {
        DurableFile.CreateDirectory(folder);
        CommitFile? commits = null;
        try
        {
            PartitionTail owner = ReadOwner();
            commits = CommitFile.Open(folder, partition);
            CommitPoint point = ReadPoint(commits, owner, isWritable: true);
            CheckSegments(point);
            CheckFirst(point);
            CheckLast(point, owner.Epoch);
            DeleteStrays(point);
            return new Result(commits, point, owner.Epoch);
        }
        catch (InvalidDataException fault)
        {
            commits?.Dispose();
            throw Damaged(0, fault.Message);
        }
        catch
        {
            commits?.Dispose();
            throw;
        }
    }

    /// <summary>The same decision about a folder that nobody serves from, without a byte written there.</summary>
    public (CommitPoint Point, uint Epoch) Inspect()
    {
        try
        {
            PartitionTail owner = OwnerFile.Read(folder, partition)
                ?? throw Damaged(0, "the owner file is missing");
            using CommitFile commits = CommitFile.Open(folder, partition, FileAccess.Read);
            CommitPoint point = ReadPoint(commits, owner, isWritable: false);
            CheckSegments(point);
            CheckFirst(point);
            CheckLast(point, owner.Epoch);
            return (point, owner.Epoch);
        }
        catch (InvalidDataException fault)
        {
            throw Damaged(0, fault.Message);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw LogFault.Unreadable(folder, partition, fault);
        }
    }

    private PartitionTail ReadOwner()
    {
        PartitionTail? owner = OwnerFile.Read(folder, partition);
        bool hasCommits = File.Exists(Path.Combine(folder, CommitFile.Name));
        if (owner is not null && hasCommits)
        {
            return owner.Value;
        }

        if (owner is not null)
        {
            throw Damaged(owner.Value.Tail, "the commit file is missing");
        }

        if (hasCommits ? !IsUnused() : SegmentLayout.SegmentsIn(folder).Count > 0)
        {
            throw Damaged(0, hasCommits ? "the owner file is missing" : "the commit and owner files are missing");
        }

        // A new folder, or one whose very first opening was cut short between these files.
        CommitFile.Create(folder, partition);
        return default;
    }

    private bool IsUnused()
    {
        using CommitFile commits = CommitFile.Open(folder, partition);
        return SegmentLayout.SegmentsIn(folder).Count == 0
            && commits.Read(out bool isWhole) is { LastSequence: 0 }
            && isWhole;
    }

    private CommitPoint ReadPoint(CommitFile commits, PartitionTail owner, bool isWritable)
    {
        CommitPoint point = commits.Read(out bool isWhole)
            ?? throw Damaged(owner.Tail, "both slots of the commit file are damaged");
        CommitPoint reached = RollForward(point, owner);
        if (!isWhole)
        {
            logger?.LogWarning(
                "Event log {Folder}: one commit slot is damaged; went on from sequence {From} to {To}",
                folder,
                point.LastSequence,
                reached.LastSequence);
        }

        if (isWritable)
        {
            // Also where nothing was gone on over: a slot whose sync failed may be in the system's cache alone.
            WriteAgain(point.UntilAddress, reached.UntilAddress);
            commits.Write(reached);
        }

        point = reached;

        if (point.LastSequence < owner.Tail)
        {
            throw Damaged(
                owner.Tail, Invariant($"the log ends at sequence {point.LastSequence}, before its recorded mark"));
        }

        return point;
    }

    /// <summary>
    /// Entries are synced before the slot that covers them, and the slot up to a second later or not at all (a write
    /// torn by a crash, rot): going on over good entries from the newest good slot loses nothing that was ever reported
    /// durable. What a former owner left unsynced behind the end lies there as well; its older epoch tells.
    /// </summary>
    private CommitPoint RollForward(CommitPoint point, PartitionTail owner)
    {
        using FrameCursor cursor = new(folder, partition);
        cursor.Seek(point.UntilAddress);
        CommitPoint reached = point with { Generation = point.Generation + 1, CommitNumber = point.CommitNumber + 1 };
        CursorStep step;
        while ((step = cursor.MoveNext(long.MaxValue)) == CursorStep.Entry
            && cursor.Position.Sequence == reached.LastSequence + 1
            && (cursor.Position.Epoch == owner.Epoch || cursor.Position.Sequence <= owner.Tail))
        {
            reached = reached with { LastSequence = cursor.Position.Sequence, UntilAddress = cursor.NextAddress };
        }

        if (step == CursorStep.Damaged && cursor.IsNoEnd)
        {
            // Acknowledged entries may lie there: opening would overwrite them.
            throw Damaged(reached.LastSequence + 1, cursor.Fault);
        }

        return reached;
    }

    /// <summary>
    /// Puts the bytes on the medium, whatever the system believes of them: after a sync that failed it may hold pages
    /// for clean that never arrived, and a sync alone would not send those again.
    /// </summary>
    private void WriteAgain(long from, long until)
    {
        FileMedium medium = FileMedium.Of(folder);
        for (long at = from; at < until;)
        {
            int segment = SegmentLayout.SegmentOf(at);
            long end = Math.Min(until, SegmentLayout.SegmentStart(at) + SegmentLayout.SegmentBytes);
            string path = SegmentLayout.SegmentPath(folder, segment);
            using SafeFileHandle reader = SegmentReader.OpenForRead(path);
            using SafeFileHandle writer = medium.Open(path, FileMode.Open, FileAccess.Write);
            byte[] chunk = new byte[(int)Math.Min(ChunkBytes, end - at)];
            for (; at < end; at += chunk.Length)
            {
                Span<byte> part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, end - at));
                long offset = at - SegmentLayout.SegmentStart(at);
                part = part[..SegmentReader.ReadAll(reader, part, offset)];
                medium.Write(path, writer, part, offset);
            }

            medium.Sync(path, writer);
            at = end;
        }

        DurableFile.SyncDirectory(folder);
    }

    private void CheckSegments(CommitPoint point)
    {
        if (point.BeginAddress == point.UntilAddress)
        {
            return;
        }

        int last = SegmentLayout.SegmentOf(point.UntilAddress - 1);
        for (int segment = SegmentLayout.SegmentOf(point.BeginAddress); segment <= last; segment++)
        {
            long wanted = segment == last
                ? point.UntilAddress - SegmentLayout.SegmentStart(point.UntilAddress - 1)
                : SegmentLayout.SegmentBytes;
            FileInfo file = new(SegmentLayout.SegmentPath(folder, segment));
            if (!file.Exists)
            {
                throw Damaged(point.LastSequence, $"{file.Name} is missing");
            }

            if (file.Length < wanted)
            {
                throw Damaged(
                    point.LastSequence, Invariant($"{file.Name} has {file.Length} bytes, {wanted} were synced"));
            }
        }
    }

    private void CheckFirst(CommitPoint point)
    {
        if (point.HoldsNothing)
        {
            return;
        }

        using FrameCursor cursor = new(folder, partition);
        cursor.Seek(point.BeginAddress);
        CursorStep step = cursor.MoveNext(point.UntilAddress);
        if (step != CursorStep.Entry || cursor.Position.Sequence != point.FirstSequence)
        {
            throw Damaged(point.FirstSequence, step == CursorStep.Damaged ? cursor.Fault : "the first entry is not it");
        }
    }

    /// <summary>The library loads the last page and writes it again: it must be good, and end at the mark.</summary>
    private void CheckLast(CommitPoint point, uint epoch)
    {
        if (point.HoldsNothing)
        {
            return;
        }

        using FrameCursor cursor = new(folder, partition);
        cursor.Seek(Math.Max(point.BeginAddress, SegmentLayout.PageStart(point.UntilAddress - 1)));
        LogPosition last = default;
        CursorStep step;
        while ((step = cursor.MoveNext(point.UntilAddress)) == CursorStep.Entry)
        {
            if (last.Sequence != 0 && cursor.Position.Sequence != last.Sequence + 1)
            {
                throw Damaged(last.Sequence + 1, Invariant($"sequence {cursor.Position.Sequence} follows the last"));
            }

            last = cursor.Position;
        }

        if (step == CursorStep.Damaged)
        {
            throw Damaged(last.Sequence + 1, cursor.Fault);
        }

        if (last.Sequence != point.LastSequence)
        {
            throw Damaged(last.Sequence + 1, Invariant($"the log ends before its mark {point.LastSequence}"));
        }

        if (last.Epoch > epoch)
        {
            throw Damaged(last.Sequence, Invariant($"epoch {last.Epoch} is newer than the owner file's {epoch}"));
        }
    }

    /// <summary>Segments already trimmed (a crash came before their deletion) and ones wholly behind the end.</summary>
    private void DeleteStrays(CommitPoint point)
    {
        int first = SegmentLayout.SegmentOf(point.BeginAddress);
        int last = SegmentLayout.SegmentOf(point.UntilAddress);
        foreach (int segment in SegmentLayout.SegmentsIn(folder))
        {
            if (segment < first || segment > last)
            {
                FileMedium.Of(folder).Delete(SegmentLayout.SegmentPath(folder, segment));
            }
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private EventLogException Damaged(ulong sequence, string what) =>
        LogFault.Damaged(folder, partition, sequence, what);
}
