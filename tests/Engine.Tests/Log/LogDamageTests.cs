using System.Buffers.Binary;
using Ebb.Engine.Log;
using Xunit;

namespace Ebb.Engine.Tests.Log;

/// <summary>A damaged folder gives one line and no data is ever passed off as whole.</summary>
public sealed class LogDamageTests : IDisposable
{
    private const ushort Partition = 0;
    private const ulong EntryCount = 3000;

    private readonly TemporaryFolder _folder = new();
    private readonly List<byte[]> _payloads = [];

    private string PartitionFolder => Path.Combine(_folder.Path, "log", "p000");

    private string Segment => SegmentLayout.SegmentPath(PartitionFolder, 0);

    private string CommitPath => Path.Combine(PartitionFolder, CommitFile.Name);

    private string OwnerPath => Path.Combine(PartitionFolder, OwnerFile.Name);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task BitFlips_AtManyPlacesInEntries_AreAlwaysReported()
    {
        await WriteAsync();
        byte[] whole = File.ReadAllBytes(Segment);
        Random random = new(42);
        int found = 0;
        for (int round = 0; round < 60; round++)
        {
            byte[] damaged = (byte[])whole.Clone();
            int offset = random.Next((int)SegmentLayout.FirstAddress, whole.Length);
            damaged[offset] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(Segment, damaged);
            if (await TryReadAllAsync() is { } fault)
            {
                LogTools.AssertOneLine(fault, PartitionFolder, "p000", "sequence");
                found++;
            }
        }

        // A flip in a page's empty rest or in alignment bytes harms nothing; the entries were compared then.
        Assert.InRange(found, 50, 60);
    }

    [Fact]
    public async Task EntryHeader_EveryWayWrong_IsReported()
    {
        await WriteAsync();
        byte[] whole = File.ReadAllBytes(Segment);
        foreach (int length in new[] { 0, -1, 1, 27, int.MaxValue, int.MinValue, 100_000, 200, 201 })
        {
            foreach (int address in EntryAddresses(whole, [0, 1, 1500, 2999]))
            {
                byte[] damaged = (byte[])whole.Clone();
                BinaryPrimitives.WriteInt32LittleEndian(damaged.AsSpan(address), length);
                File.WriteAllBytes(Segment, damaged);
                if (!damaged.AsSpan().SequenceEqual(whole))
                {
                    Assert.NotNull(await TryReadAllAsync());
                }
            }
        }
    }

    [Fact]
    public async Task Segment_TruncatedAnywhere_RefusesToOpen()
    {
        await WriteAsync();
        byte[] whole = File.ReadAllBytes(Segment);
        foreach (int length in new[] { 0, 1, 64, 512, 100_000, 262_144, whole.Length - 512 })
        {
            File.WriteAllBytes(Segment, whole[..length]);
            LogTools.AssertOneLine(await OpenFaultAsync(), "entries.000000", "bytes");
        }
    }

    [Fact]
    public async Task Segment_ZeroedPage_IsReported()
    {
        await WriteAsync();
        byte[] whole = File.ReadAllBytes(Segment);
        whole.AsSpan(SegmentLayout.PageBytes, SegmentLayout.PageBytes).Clear();
        File.WriteAllBytes(Segment, whole);

        Assert.NotNull(await TryReadAllAsync());
    }

    [Fact]
    public async Task Segment_Deleted_RefusesToOpen()
    {
        await WriteAsync();
        File.Delete(Segment);

        LogTools.AssertOneLine(await OpenFaultAsync(), "entries.000000 is missing");
    }

    [Fact]
    public async Task Segment_OfAnotherPartition_RefusesToOpen()
    {
        await WriteAsync();
        await using (FasterEventLog log = Open())
        {
            uint epoch = log.Acquire(1).Epoch;
            Append(log, 1, epoch, EntryCount);
        }

        File.Copy(SegmentLayout.SegmentPath(Path.Combine(_folder.Path, "log", "p001"), 0), Segment, overwrite: true);

        LogTools.AssertOneLine(await OpenFaultAsync(), "another partition");
    }

    [Fact]
    public async Task Frame_OfNewerFormat_IsReported()
    {
        await WriteAsync();
        byte[] whole = File.ReadAllBytes(Segment);
        whole[SegmentLayout.FirstAddress + SegmentLayout.EntryHeaderBytes + 2] = LogFrame.FormatVersion + 1;
        File.WriteAllBytes(Segment, whole);

        LogTools.AssertOneLine(await OpenFaultAsync(), "newer version");
    }

    [Fact]
    public async Task CommitFile_MissingOrTruncated_RefusesToOpen()
    {
        await WriteAsync();
        byte[] whole = File.ReadAllBytes(CommitPath);
        File.WriteAllBytes(CommitPath, []);
        LogTools.AssertOneLine(await OpenFaultAsync(), "both slots");
        File.Delete(CommitPath);
        LogTools.AssertOneLine(await OpenFaultAsync(), "the commit file is missing");
        File.Delete(OwnerPath);
        LogTools.AssertOneLine(await OpenFaultAsync(), "the commit and owner files are missing");
        File.WriteAllBytes(CommitPath, whole);
        LogTools.AssertOneLine(await OpenFaultAsync(), "the owner file is missing");
    }

    [Fact]
    public async Task CommitFile_AnyBitFlippedInOneSlot_LosesNothing()
    {
        await WriteAsync();
        byte[] whole = File.ReadAllBytes(CommitPath);
        byte[] owner = File.ReadAllBytes(OwnerPath);
        for (int bit = 0; bit < 2 * 60 * 8; bit += 29)
        {
            int offset = (bit / 8 % 60) + (bit / 8 / 60 * 4096);
            byte[] damaged = (byte[])whole.Clone();
            damaged[offset] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(CommitPath, damaged);
            File.WriteAllBytes(OwnerPath, owner);
            Assert.Null(await TryReadAllAsync());
        }
    }

    [Fact]
    public async Task CommitFile_NewestSlotLostWithUnsyncedEntriesBehind_StopsAtFormerOwner()
    {
        await WriteAsync();
        byte[] slots = File.ReadAllBytes(CommitPath);

        // A second owner appends and is cut off: its entries stay behind the end, then a third takes over.
        byte[] stale;
        await using (FasterEventLog log = Open())
        {
            Append(log, Partition, log.Acquire(Partition).Epoch, EntryCount, 5);
            await log.CommitAsync(Partition);
            stale = File.ReadAllBytes(Segment);
        }

        File.WriteAllBytes(CommitPath, slots);
        OwnerFile.Write(PartitionFolder, Partition, new PartitionTail(3, EntryCount));
        File.WriteAllBytes(Segment, stale);
        byte[] damaged = (byte[])slots.Clone();
        damaged[NewestSlot(slots)] ^= 1;
        File.WriteAllBytes(CommitPath, damaged);

        await using FasterEventLog reopened = Open();
        Assert.Equal(new PartitionTail(4, EntryCount), reopened.Acquire(Partition));
    }

    [Fact]
    public async Task CommitFile_OlderCopyRestored_GoesOnOverTheEntries()
    {
        await WriteBehindOlderCommitAsync();

        await using FasterEventLog reopened = Open();
        Assert.Equal(EntryCount + 5, reopened.Acquire(Partition).Tail);
    }

    [Fact]
    public async Task CommitFile_OlderCopyRestoredAndAnEntrySpoilt_EndsBeforeMark()
    {
        await WriteBehindOlderCommitAsync();
        byte[] bytes = File.ReadAllBytes(Segment);
        bytes[Array.FindLastIndex(bytes, value => value != 0)] ^= 1;
        File.WriteAllBytes(Segment, bytes);

        LogTools.AssertOneLine(await OpenFaultAsync(), "sequence 3005", "before its recorded mark");
    }

    [Fact]
    public async Task Entry_OfANewerProgramBehindTheSlot_IsNotTakenForTheEnd()
    {
        await WriteBehindOlderCommitAsync();
        byte[] bytes = File.ReadAllBytes(Segment);

        // Magic 0xEB10, then the version: of the first of the five entries that the slot does not cover.
        int at = bytes.Length;
        for (int entry = 0; entry < 5; entry++)
        {
            at = bytes.AsSpan(0, at).LastIndexOf((ReadOnlySpan<byte>)[0x10, 0xEB, 1, 0]);
        }

        bytes[at + 2] = 2;
        File.WriteAllBytes(Segment, bytes);

        LogTools.AssertOneLine(await OpenFaultAsync(), "sequence 3001", "newer version");
        Assert.Equal(bytes, File.ReadAllBytes(Segment));
    }

    [Fact]
    public async Task OwnerFile_MissingBeforeFirstUse_OpensAsNew()
    {
        Directory.CreateDirectory(PartitionFolder);
        CommitFile.Create(PartitionFolder, Partition);

        await using FasterEventLog log = Open();
        Assert.Equal(new PartitionTail(1, 0), log.Acquire(Partition));
    }

    [Fact]
    public async Task OwnerAndSegments_MissingAfterUse_RefusesToOpen()
    {
        await WriteAsync();
        File.Delete(OwnerPath);
        File.Delete(Segment);

        LogTools.AssertOneLine(await OpenFaultAsync(), "the owner file is missing");
    }

    [Fact]
    public async Task OwnerFile_Damaged_RefusesToOpen()
    {
        await WriteAsync();
        byte[] whole = File.ReadAllBytes(OwnerPath);
        for (int index = 0; index < whole.Length; index++)
        {
            byte[] damaged = (byte[])whole.Clone();
            damaged[index] ^= 0x10;
            File.WriteAllBytes(OwnerPath, damaged);
            LogTools.AssertOneLine(await OpenFaultAsync(), "owner file is damaged");
        }
    }

    [Fact]
    public async Task OwnerFile_OlderCopyRestored_EpochIsTooNew()
    {
        await WriteAsync();
        byte[] older = File.ReadAllBytes(OwnerPath);
        await using (FasterEventLog log = Open())
        {
            Append(log, Partition, log.Acquire(Partition).Epoch, EntryCount, 5);
        }

        File.WriteAllBytes(OwnerPath, older);

        LogTools.AssertOneLine(await OpenFaultAsync(), "epoch 2 is newer");
    }

    /// <summary>Five entries of a second owner behind a commit file of the first.</summary>
    private async Task WriteBehindOlderCommitAsync()
    {
        await WriteAsync();
        byte[] older = File.ReadAllBytes(CommitPath);
        await using (FasterEventLog log = Open())
        {
            Append(log, Partition, log.Acquire(Partition).Epoch, EntryCount, 5);
        }

        File.WriteAllBytes(CommitPath, older);
    }

    private static int NewestSlot(byte[] slots) =>
        BinaryPrimitives.ReadUInt64LittleEndian(slots.AsSpan(8))
            > BinaryPrimitives.ReadUInt64LittleEndian(slots.AsSpan(4096 + 8)) ? 0 : 4096;

    private static List<int> EntryAddresses(byte[] segment, int[] entries)
    {
        List<int> all = [];
        int address = (int)SegmentLayout.FirstAddress;
        while (all.Count < (int)EntryCount)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(segment.AsSpan(address));
            if (length == 0)
            {
                address = (int)SegmentLayout.PageStart(address) + SegmentLayout.PageBytes;
                continue;
            }

            all.Add(address);
            address += SegmentLayout.EntryBytes(length);
        }

        return entries.Select(index => all[index]).ToList();
    }

    private FasterEventLog Open() => new(_folder.Path, 2, new EventLogOptions { BufferBytes = 1 }, null);

    // Three pages and a bit, closed cleanly.
    private async Task WriteAsync()
    {
        Random random = new(42);
        for (ulong entry = 0; entry < EntryCount; entry++)
        {
            byte[] payload = new byte[random.Next(100, 400)];
            random.NextBytes(payload);
            _payloads.Add(payload);
        }

        await using FasterEventLog log = Open();
        uint epoch = log.Acquire(Partition).Epoch;
        for (ulong entry = 0; entry < EntryCount; entry++)
        {
            byte[] payload = _payloads[(int)entry];
            log.Append(Partition, epoch, entry, payload, [payload.Length]);
        }
    }

    private static void Append(
        FasterEventLog log, ushort partition, uint epoch, ulong count)
    {
        for (ulong entry = 0; entry < count; entry++)
        {
            LogTools.Append(log, partition, epoch, entry, new string('x', 300));
        }
    }

    private static void Append(FasterEventLog log, ushort partition, uint epoch, ulong tail, int count)
    {
        for (int entry = 0; entry < count; entry++, tail++)
        {
            LogTools.Append(log, partition, epoch, tail, "more");
        }
    }

    private async Task<EventLogException> OpenFaultAsync()
    {
        await using FasterEventLog log = Open();
        return Assert.Throws<EventLogException>(() => log.Acquire(Partition));
    }

    /// <summary>Null if every entry was read and equal; the fault otherwise. Anything else fails the test.</summary>
    private async Task<EventLogException?> TryReadAllAsync()
    {
        await using FasterEventLog log = Open();
        try
        {
            Assert.Equal(EntryCount, log.Acquire(Partition).Tail);
            using IEventLogReader reader = log.ReadFrom(Partition, 1);
            int count = 0;
            while (reader.MoveNext())
            {
                Assert.True(reader.Payload.SequenceEqual(_payloads[count]));
                count++;
            }

            Assert.Equal((int)EntryCount, count);
            return null;
        }
        catch (EventLogException fault)
        {
            return fault;
        }
    }
}
