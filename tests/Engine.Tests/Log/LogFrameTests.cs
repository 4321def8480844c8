using System.Buffers.Binary;
using Ebb.Engine.Log;
using Xunit;

namespace Ebb.Engine.Tests.Log;

public sealed class LogFrameTests
{
    private static readonly LogPosition Position = new(7, 0x0102030405060708);

    [Fact]
    public void Write_KnownEntry_HasTheDocumentedBytes()
    {
        byte[] frame = Frame("hi"u8);

        Assert.Equal(30, frame.Length);
        Assert.Equal("10EB0100" + "02000000" + "0300" + "0000" + "07000000" + "0807060504030201",
            Convert.ToHexString(frame.AsSpan(0, 24)));
        byte[] covered = [.. frame.AsSpan(0, 24), .. "hi"u8];
        Assert.Equal(CrcOracle(covered), BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(24)));
        Assert.Equal("hi"u8.ToArray(), frame[28..]);
    }

    [Fact]
    public void TryRead_WrittenFrame_GivesPositionBack()
    {
        Assert.Equal(LogFrameStatus.Good, LogFrame.TryRead(Frame("payload"u8), 3, out LogPosition position));
        Assert.Equal(Position, position);
        Assert.Equal(LogFrameStatus.WrongPartition, LogFrame.TryRead(Frame("payload"u8), 4, out _));
    }

    [Fact]
    public void TryRead_AnyBitFlipped_IsNeverGood()
    {
        byte[] frame = Frame("some payload"u8);
        for (int bit = 0; bit < frame.Length * 8; bit++)
        {
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(LogFrameStatus.Good, LogFrame.TryRead(frame, 3, out _));
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void TryRead_AnyTruncation_IsNeverGood()
    {
        byte[] frame = Frame("some payload"u8);
        for (int length = 0; length < frame.Length; length++)
        {
            Assert.NotEqual(LogFrameStatus.Good, LogFrame.TryRead(frame.AsSpan(0, length), 3, out _));
        }
    }

    [Fact]
    public void TryRead_NewerVersion_SaysSo()
    {
        byte[] frame = Frame("x"u8);
        frame[2] = LogFrame.FormatVersion + 1;

        Assert.Equal(LogFrameStatus.NewerFormat, LogFrame.TryRead(frame, 3, out _));
    }

    [Fact]
    public void Crc32C_CheckValueAndEveryLength_EqualTheBitwiseOracle()
    {
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));
        byte[] bytes = new byte[70];
        new Random(42).NextBytes(bytes);
        for (int length = 0; length <= bytes.Length; length++)
        {
            ReadOnlySpan<byte> part = bytes.AsSpan(0, length);
            Assert.Equal(CrcOracle(part), Crc32C.Compute(part));
            uint split = Crc32C.Update(Crc32C.Update(Crc32C.Start, part[..(length / 3)]), part[(length / 3)..]);
            Assert.Equal(CrcOracle(part), Crc32C.Finish(split));
        }
    }

    private static byte[] Frame(ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[LogFrame.HeaderBytes + payload.Length];
        Assert.Equal(frame.Length, LogFrame.Write(frame, 3, Position, payload));
        return frame;
    }

    // Bit by bit, reflected polynomial 0x82F63B78.
    private static uint CrcOracle(ReadOnlySpan<byte> bytes)
    {
        uint state = uint.MaxValue;
        foreach (byte value in bytes)
        {
            state ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                state = (state & 1) != 0 ? (state >> 1) ^ 0x82F63B78u : state >> 1;
            }
        }

        return ~state;
    }
}
