using System.Buffers;
using System.Buffers.Binary;
using Ebb.Protocol;
using Xunit;

namespace Ebb.Host.Tests.Protocol;

public sealed class FrameScannerTests
{
    private static readonly ProtocolLimits Limits = new();

    public static TheoryData<string> Names => Vector.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Scan_RightSized_IsFrame(string name)
    {
        var vector = Vector.Get(name);

        var result = FrameScanner.Scan(new ReadOnlySequence<byte>(vector.Bytes), Limits, out var header);

        Assert.Equal(ScanResult.Frame, result);
        Assert.Equal(vector.Bytes.Length, header.FrameBytes);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Scan_MoreBytesBehind_FindsTheFirstFramesEnd(string name)
    {
        var vector = Vector.Get(name);
        byte[] oversized = [.. vector.Bytes, 1, 2, 3];

        Assert.Equal(ScanResult.Frame, FrameScanner.Scan(oversized, Limits, out var header));
        Assert.Equal(vector.Bytes.Length, header.FrameBytes);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Scan_SplitAtEveryIndex_IsTheSameFrame(string name)
    {
        var vector = Vector.Get(name);
        for (int cut = 0; cut <= vector.Bytes.Length; cut++)
        {
            var result = FrameScanner.Scan(Segments.Of(vector.Bytes, cut), Limits, out var header);

            Assert.Equal(ScanResult.Frame, result);
            Assert.Equal(vector.Header, header);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Scan_BytePerSegment_IsTheSameFrame(string name)
    {
        var vector = Vector.Get(name);

        var result = FrameScanner.Scan(Segments.BytePerSegment(vector.Bytes), Limits, out var header);

        Assert.Equal(ScanResult.Frame, result);
        Assert.Equal(vector.Header, header);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Scan_EveryTruncatedPrefix_NeedsMore(string name)
    {
        byte[] bytes = Vector.Get(name).Bytes;
        for (int length = 0; length < bytes.Length; length++)
        {
            byte[] prefix = bytes[..length];

            Assert.Equal(ScanResult.NeedMore, FrameScanner.Scan(prefix, Limits, out _));
            Assert.Equal(ScanResult.NeedMore, FrameScanner.Scan(Segments.BytePerSegment(prefix), Limits, out _));
        }
    }

    [Theory]
    [InlineData("G")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("EBX")]
    [InlineData("EBB and then thirty-two bytes or more of text")]
    public void Scan_AnotherProtocol_IsKnownByItsFirstBytes(string text)
    {
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(text);

        Assert.Equal(ScanResult.BadMagic, FrameScanner.Scan(bytes, Limits, out _));
        Assert.Equal(ScanResult.BadMagic, FrameScanner.Scan(Segments.BytePerSegment(bytes), Limits, out _));
    }

    [Theory]
    [InlineData((4u << 20) - 32, ScanResult.NeedMore)]
    [InlineData((4u << 20) - 31, ScanResult.TooLong)]
    [InlineData(uint.MaxValue, ScanResult.TooLong)]
    public void Scan_BodyLengthAtTheLimit_IsJudgedFromTheHeaderAlone(uint bodyBytes, ScanResult expected)
    {
        byte[] header = new byte[FrameHeader.Bytes];
        new FrameHeader { Version = 1, Opcode = Opcode.Observe, BodyBytes = bodyBytes }.Write(header);

        Assert.Equal(expected, FrameScanner.Scan(header, Limits, out _));
    }

    [Fact]
    public void Scan_TaggedBytesPastTheLimit_IsTooLong()
    {
        byte[] header = new byte[FrameHeader.Bytes];
        new FrameHeader { Version = 1, TaggedBytes = 1025 }.Write(header);

        Assert.Equal(ScanResult.TooLong, FrameScanner.Scan(header, Limits, out _));
    }

    [Fact]
    public void FrameHeader_WrittenAndRead_IsTheSame()
    {
        var header = new FrameHeader
        {
            Version = 1,
            Opcode = Opcode.Act,
            Flags = FrameFlags.Reply | FrameFlags.Durable,
            CorrelationId = 0x0102030405060708,
            BodyBytes = 0x11121314,
            TimeMicroseconds = 0x21222324,
            TaggedBytes = 0x3132,
            Status = (StatusCode)0x4142,
        };
        byte[] bytes = new byte[FrameHeader.Bytes];
        bytes.AsSpan().Fill(0xFF);

        header.Write(bytes);

        Assert.True(FrameHeader.TryRead(bytes, out var read));
        Assert.Equal(header, read);
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(28)));
        Assert.Equal(
            "454242EB01060300080706050403020114131211242322213231424100000000".Length, bytes.Length * 2);
        Assert.Equal(
            "454242EB" + "01" + "06" + "0300" + "0807060504030201" + "14131211" + "24232221" + "3231" + "4241"
            + "00000000",
            Convert.ToHexString(bytes));
    }
}
