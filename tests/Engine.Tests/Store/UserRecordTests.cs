using System.Buffers.Binary;
using Ebb.Engine.Log;
using Ebb.Engine.Store;
using Xunit;

namespace Ebb.Engine.Tests.Store;

public sealed class UserRecordTests
{
    private static readonly RecordShape Shape = StoreSamples.ShapeOf(dimension: 5, halfLifeCount: 3, recentCapacity: 4);

    [Fact]
    public void Crc32C_CheckString_IsCastagnoli() =>
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));

    [Fact]
    public void RecordShape_Offsets_FollowTheTable()
    {
        Assert.Equal(64, Shape.EventIdsOffset);
        Assert.Equal(64 + (8 * 16), Shape.RecentOffset);
        Assert.Equal(64 + (8 * 16) + (24 * 4), Shape.BankOffset);
        Assert.Equal(360, Shape.RecordBytes);
        RecordShape odd = StoreSamples.ShapeOf(dimension: 2, halfLifeCount: 1, recentCapacity: 1);
        Assert.Equal(odd.BankOffset + 12 + 4, odd.RecordBytes);
    }

    [Fact]
    public void Layout_EveryField_LiesWhereTheTableSays()
    {
        byte[] bytes = new byte[Shape.RecordBytes];
        UserRecord.Initialise(bytes, Shape, schemaNumber: 0x01020304, spaceNumber: 0x05060708);
        var record = new UserRecord(bytes, Shape)
        {
            Flags = 0x1122,
            Sequence = 0x1112131415161718,
            Epoch = 0x21222324,
            LastEventMs = -2,
            FirstEventMs = -3,
            EventCount = 0x3132333435363738,
        };
        record.Bank[0] = 1.5f;
        record.Bank[^1] = -2.5f;
        record.PushEventId(0x4142434445464748);
        record.PushRecent(new RecentEvent(-5, 0x51525354, 0x6162636465666768, 0.25f, 7, RecentEventFlags.Late));
        record.Seal();

        Assert.Equal(Crc32C.Compute(bytes.AsSpan(4)), Read32(bytes, 0));
        Assert.Equal(1, BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(4)));
        Assert.Equal(new byte[] { 3, 4, 5, 0, 1, 1, 16, 1, 0x22, 0x11 }, bytes[6..16]);
        Assert.Equal(0x01020304u, Read32(bytes, 16));
        Assert.Equal(0x05060708u, Read32(bytes, 20));
        Assert.Equal(0x1112131415161718u, Read64(bytes, 24));
        Assert.Equal(0x21222324u, Read32(bytes, 32));
        Assert.Equal(0u, Read32(bytes, 36));
        Assert.Equal(-2, (long)Read64(bytes, 40));
        Assert.Equal(-3, (long)Read64(bytes, 48));
        Assert.Equal(0x3132333435363738u, Read64(bytes, 56));
        Assert.Equal(0x4142434445464748u, Read64(bytes, 64));
        Assert.Equal(0x0207_FFFF_FFFF_FFFBu, Read64(bytes, 192));
        Assert.Equal(0x51525354u, Read32(bytes, 200));
        Assert.Equal(0.25f, BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(204)));
        Assert.Equal(0x6162636465666768u, Read64(bytes, 208));
        Assert.Equal(1.5f, BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(288)));
        Assert.Equal(-2.5f, BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(288 + (17 * 4))));
    }

    [Fact]
    public void PushRecent_MoreThanFit_KeepsTheNewestFirst()
    {
        var record = new UserRecord(new byte[Shape.RecordBytes], Shape);
        for (int pushed = 1; pushed <= 11; pushed++)
        {
            record.PushRecent(Sample(pushed));
            Assert.Equal(Math.Min(pushed, 4), record.RecentCount);
            for (int index = 0; index < record.RecentCount; index++)
            {
                Assert.Equal(Sample(pushed - index), record.GetRecent(index));
            }
        }

        Assert.Throws<ArgumentOutOfRangeException>(() =>
        {
            var other = new UserRecord(new byte[Shape.RecordBytes], Shape);
            other.GetRecent(0);
        });
    }

    [Theory]
    [InlineData(RecentEvent.TimeMsMax)]
    [InlineData(RecentEvent.TimeMsMin)]
    [InlineData(0)]
    [InlineData(-1)]
    public void PushRecent_ExtremeTimes_ComeBack(long timeMs)
    {
        var record = new UserRecord(new byte[Shape.RecordBytes], Shape);
        var pushed = new RecentEvent(timeMs, uint.MaxValue, ulong.MaxValue, -1, 255, (RecentEventFlags)255);
        record.PushRecent(pushed);
        Assert.Equal(pushed, record.GetRecent(0));
    }

    [Fact]
    public void PushRecent_TimeBeyond48Bits_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            new UserRecord(new byte[Shape.RecordBytes], Shape).PushRecent(Sample(1) with { TimeMs = 1L << 47 }));

    [Fact]
    public void PushEventId_MoreThanFit_ForgetsTheOldest()
    {
        var record = new UserRecord(new byte[Shape.RecordBytes], Shape);
        Assert.False(record.HasEventId(0));
        for (ulong id = 0; id < 40; id++)
        {
            record.PushEventId(id * 1000);
            Assert.True(record.HasEventId(id * 1000));
        }

        for (ulong id = 0; id < 40; id++)
        {
            Assert.Equal(id >= 24, record.HasEventId(id * 1000));
        }
    }

    [Fact]
    public void Verify_EveryFlippedBit_IsBadChecksum()
    {
        byte[] bytes = StoreSamples.Record(Shape, 5, 9);
        Assert.Equal(RecordCheck.Ok, new UserRecord(bytes, Shape).Verify());
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(RecordCheck.BadChecksum, new UserRecord(bytes, Shape).Verify());
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Verify_WholeButNewerOrOther_SaysWhich()
    {
        byte[] bytes = StoreSamples.Record(Shape, 5, 9);
        bytes[4] = 2;
        new UserRecord(bytes, Shape).Seal();
        Assert.Equal(RecordCheck.NewerFormat, UserRecord.Verify(bytes, Shape));

        // Same size, M and D swapped: 3·5+3 floats against 1·17+1.
        RecordShape other = StoreSamples.ShapeOf(dimension: 17, halfLifeCount: 1, recentCapacity: 4);
        Assert.Equal(Shape.RecordBytes, other.RecordBytes);
        Assert.Equal(RecordCheck.OtherShape, UserRecord.Verify(StoreSamples.Record(other, 5, 9), Shape));
    }

    private static RecentEvent Sample(int number) => new(
        1_700_000_000_000 + number, (uint)number, (ulong)number * 3, number * 0.5f, (byte)number,
        number % 2 == 0 ? RecentEventFlags.Clamped : RecentEventFlags.None);

    private static uint Read32(byte[] bytes, int offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(offset));

    private static ulong Read64(byte[] bytes, int offset) =>
        BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(offset));
}
