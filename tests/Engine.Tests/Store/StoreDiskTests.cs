using Ebb.Engine.Store;
using Xunit;

namespace Ebb.Engine.Tests.Store;

public sealed class StoreDiskTests
{
    private const int UserCount = 3_000;

    private static readonly RecordShape Shape = StoreSamples.Shape;

    [Fact]
    public void ReadMany_FlippedByteInSpillFile_NamesTheUserAndGivesNoData()
    {
        using var folder = new TemporaryFolder();
        using InterestStore store = Spilled(folder);
        FlipSpilledBytes(folder, step: 4096);

        int damaged = 0;
        for (int user = 0; user < UserCount; user++)
        {
            byte[] key = StoreSamples.Key(user);
            try
            {
                (bool found, byte[] record) = StoreSamples.Read(store, key);
                Assert.True(found);
                Assert.Equal(StoreSamples.Record(Shape, user, 1), record);
            }
            catch (StoreCorruptException error)
            {
                damaged++;
                Assert.Equal(key, error.Key);
                Assert.Contains(Convert.ToHexStringLower(key), error.Message);
                Assert.DoesNotContain('\n', error.Message);
            }
        }

        // Every block of the file was touched: all spilled users are damaged, those in memory are not.
        Assert.InRange(damaged, UserCount / 2, UserCount - 1);
    }

    [Fact]
    public void ReadNext_FlippedByteInSpillFile_Throws()
    {
        using var folder = new TemporaryFolder();
        using InterestStore store = Spilled(folder);
        FlipSpilledBytes(folder, step: int.MaxValue);
        using UserScan scan = store.BeginScan();
        StoreException error = Assert.Throws<StoreException>(() =>
        {
            while (store.ReadNext(scan, 100, new CollectingSink()) != 0)
            {
            }
        });
        Assert.Contains(".spill", error.Message);
        Assert.Throws<InvalidOperationException>(() => store.ReadNext(scan, 100, new CollectingSink()));
    }

    [Fact]
    public void Write_SpillFolderCannotBeMade_ThrowsOneLineAndKeepsTheData()
    {
        using var folder = new TemporaryFolder();
        using var store = new InterestStore(folder.Path, 0, Shape, 1, UserCount);
        File.WriteAllText(folder.File("spill"), "a file where the folder should be");
        int written = 0;
        StoreException error = Assert.Throws<StoreException>(() =>
        {
            for (; written < 100_000; written++)
            {
                store.Write(StoreSamples.Key(written), StoreSamples.Record(Shape, written, 1));
            }
        });

        Assert.Contains("spill", error.Message);
        Assert.DoesNotContain('\n', error.Message);
        for (int user = 0; user < written; user++)
        {
            (bool found, byte[] record) = StoreSamples.Read(store, StoreSamples.Key(user));
            Assert.True(found);
            Assert.Equal(StoreSamples.Record(Shape, user, 1), record);
        }
    }

    [Fact]
    public void Dispose_Spilled_LeavesNoFiles()
    {
        using var folder = new TemporaryFolder();
        string spill = Path.Combine(folder.Path, "spill", "p000");
        Directory.CreateDirectory(spill);
        File.WriteAllText(Path.Combine(spill, "00000000.spill"), "of a process that was killed");
        using (InterestStore store = Spilled(folder))
        {
            Assert.True(Directory.Exists(spill));
            Assert.True(store.SpillBytes > 0);
        }

        Assert.False(Directory.Exists(spill));
    }

    [Fact]
    public void ReadManyAndWrite_InMemory_AllocateNothing()
    {
        using var store = new InterestStore(null, 0, Shape, 16 << 20, 1000);
        ReadOnlyMemory<byte>[] keys = new ReadOnlyMemory<byte>[100];
        Memory<byte>[] records = new Memory<byte>[100];
        bool[] found = new bool[100];
        for (int slot = 0; slot < keys.Length; slot++)
        {
            keys[slot] = StoreSamples.Key(slot);
            records[slot] = StoreSamples.Record(Shape, slot, 1);
            store.Write(keys[slot].Span, records[slot].Span);
        }

        for (int warm = 0; warm < 3; warm++)
        {
            ReadAndWriteBack(store, keys, records, found);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        ReadAndWriteBack(store, keys, records, found);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.DoesNotContain(false, found);
    }

    private static void ReadAndWriteBack(
        InterestStore store, ReadOnlyMemory<byte>[] keys, Memory<byte>[] records, bool[] found)
    {
        store.ReadMany(keys, records, found);
        for (int slot = 0; slot < keys.Length; slot++)
        {
            store.Write(keys[slot].Span, records[slot].Span);
        }
    }

    private static InterestStore Spilled(TemporaryFolder folder)
    {
        var store = new InterestStore(folder.Path, 0, Shape, 1, UserCount);
        for (int user = 0; user < UserCount; user++)
        {
            store.Write(StoreSamples.Key(user), StoreSamples.Record(Shape, user, 1));
        }

        return store;
    }

    private static void FlipSpilledBytes(TemporaryFolder folder, int step)
    {
        foreach (string path in Directory.GetFiles(Path.Combine(folder.Path, "spill", "p000")))
        {
            // The store holds its files open for itself; on these systems that keeps no one else from writing.
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            for (long position = 100; position < file.Length; position += step)
            {
                file.Position = position;
                int value = file.ReadByte();
                file.Position = position;
                file.WriteByte((byte)(value ^ 0x10));
            }
        }
    }
}
