using System.Buffers.Binary;
using Ebb.Engine.Log;
using Ebb.Engine.Store;
using Ebb.Engine.Store.Base;
using Xunit;

namespace Ebb.Engine.Tests.Store;

public sealed class BaseFileTests
{
    private static readonly RecordShape Shape = StoreSamples.ShapeOf(4, 1, 1);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3_000)]
    public void Base_WrittenFromAScan_ReadsBackSorted(int userCount)
    {
        using var folder = new TemporaryFolder();
        using var store = new InterestStore(null, 5, Shape, 1, 10_000);
        for (int user = 0; user < userCount; user++)
        {
            store.Write(StoreSamples.Key(user), StoreSamples.Record(Shape, user, (ulong)user + 1));
        }

        byte[] state = [1, 2, 3];
        string path = folder.File("base/p005.base");
        using (var writer = new BaseWriter(path, Header(), state))
        {
            using UserScan scan = store.BeginScan();
            while (store.ReadNext(scan, 100, writer) != 0)
            {
            }

            Assert.Equal(Math.Max(77, (ulong)userCount), writer.SequenceMax);
            Assert.False(File.Exists(path));
            writer.Publish();
        }

        Assert.Equal([path], Directory.GetFiles(folder.File("base")));
        using var reader = new BaseReader(path);
        Assert.Equal(Header() with { StateBytes = 3, UserCount = userCount }, reader.Header);
        Assert.Equal(state, reader.PartitionState.ToArray());
        Dictionary<string, byte[]> expected = CollectingSink.ScanAll(store).Users;
        byte[] last = [];
        int count = 0;
        while (reader.MoveNext())
        {
            Assert.True(last.AsSpan().SequenceCompareTo(reader.Key) < 0);
            Assert.Equal(expected[CollectingSink.NameOf(reader.Key)], reader.Record.ToArray());
            last = reader.Key.ToArray();
            count++;
        }

        Assert.Equal(userCount, count);
        Assert.False(reader.MoveNext());
    }

    [Fact]
    public void Base_EveryFlippedByte_IsDetected()
    {
        using var folder = new TemporaryFolder();
        string path = SmallBase(folder);
        byte[] whole = File.ReadAllBytes(path);
        Assert.Null(Record.Exception(() => ReadAll(path)));
        for (int position = 0; position < whole.Length; position++)
        {
            byte[] damaged = (byte[])whole.Clone();
            damaged[position] ^= (byte)(1 << (position % 8));
            File.WriteAllBytes(path, damaged);
            AssertDamaged(path, $"byte {position}");
        }
    }

    [Fact]
    public void Base_EveryTruncationAndAnyTail_IsDetected()
    {
        using var folder = new TemporaryFolder();
        string path = SmallBase(folder);
        byte[] whole = File.ReadAllBytes(path);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            AssertDamaged(path, $"length {length}");
        }

        File.WriteAllBytes(path, [.. whole, 0]);
        AssertDamaged(path, "a byte more");
    }

    [Fact]
    public void Base_BlocksSwapped_IsDetected()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("x.base");
        using (var writer = new BaseWriter(path, Header(), []))
        {
            for (int user = 0; user < 2_000; user++)
            {
                writer.OnUser(SameSizeKey(user), StoreSamples.Record(Shape, user, 1));
            }

            writer.Publish();
        }

        byte[] bytes = File.ReadAllBytes(path);
        int first = BaseHeader.HeaderBytes + 4;
        int blockBytes = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(first)) + 12;
        byte[] swapped = [.. bytes[..first], .. bytes.AsSpan(first + blockBytes, blockBytes),
            .. bytes.AsSpan(first, blockBytes), .. bytes[(first + (2 * blockBytes))..]];
        Assert.Equal(bytes.Length, swapped.Length);
        File.WriteAllBytes(path, swapped);
        AssertDamaged(path, "blocks swapped");
    }

    [Fact]
    public void Base_NewerFormat_SaysSo()
    {
        using var folder = new TemporaryFolder();
        string path = SmallBase(folder);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[8] = 2;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(60), Crc32C.Compute(bytes.AsSpan(0, 60)));
        File.WriteAllBytes(path, bytes);
        BaseCorruptException error = Assert.Throws<BaseCorruptException>(() => ReadAll(path));
        Assert.Contains("format 2", error.Message);
    }

    [Fact]
    public void Base_Missing_IsOneLine() =>
        Assert.DoesNotContain('\n', Assert.Throws<BaseCorruptException>(() => ReadAll("no/such.base")).Message);

    private static byte[] SameSizeKey(int user)
    {
        byte[] key = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(key, user);
        return key;
    }

    private static BaseHeader Header() => new()
    {
        Partition = 5,
        Epoch = 6,
        Sequence = 77,
        SchemaNumber = 8,
        SpaceNumber = 9,
        CatalogueGeneration = 10,
        RecordBytes = Shape.RecordBytes,
    };

    private static string SmallBase(TemporaryFolder folder)
    {
        string path = folder.File("small.base");
        using var writer = new BaseWriter(path, Header(), [9, 8, 7]);
        for (int user = 4; user >= 0; user--)
        {
            writer.OnUser(StoreSamples.Key(user), StoreSamples.Record(Shape, user, 1));
        }

        writer.Publish();
        return path;
    }

    private static void ReadAll(string path)
    {
        using var reader = new BaseReader(path);
        while (reader.MoveNext())
        {
        }
    }

    private static void AssertDamaged(string path, string how)
    {
        Exception? error = Record.Exception(() => ReadAll(path));
        Assert.True(error is BaseCorruptException, $"{how}: {error}");
        Assert.StartsWith(path, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }
}
