using System.Buffers.Binary;
using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Xunit;

namespace Ebb.Host.Tests.Protocol;

/// <summary>Bodies that are cut, too long, or whose counts lie.</summary>
public sealed class BodyTests
{
    public static TheoryData<string> Names => Vector.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Walk_WholeBody_IsOk(string name)
    {
        var vector = Vector.Get(name);

        Assert.Equal(StatusCode.Ok, BodyWalker.Walk(vector.Header, vector.Body));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Walk_EveryTruncatedBody_IsRefused(string name)
    {
        var vector = Vector.Get(name);
        for (int length = 0; length < vector.Body.Length; length++)
        {
            Assert.Equal(StatusCode.Malformed, BodyWalker.Walk(vector.Header, vector.Body[..length]));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Walk_ByteTooMany_IsRefused(string name)
    {
        var vector = Vector.Get(name);
        byte[] longer = [.. vector.Body, 0];

        Assert.Equal(StatusCode.Malformed, BodyWalker.Walk(vector.Header, longer));
    }

    [Theory]
    [InlineData("observe-request", 0, 10_001u, StatusCode.TooManyEntries)]
    [InlineData("observe-request", 0, uint.MaxValue, StatusCode.TooManyEntries)]
    [InlineData("observe-request", 0, 10_000u, StatusCode.Malformed)]
    [InlineData("observe-request", 0, 1u, StatusCode.Malformed)]
    [InlineData("rank-request", 4, 10_001u, StatusCode.TooManyEntries)]
    [InlineData("rank-request", 4, 10_000u, StatusCode.Malformed)]
    [InlineData("item-put-request", 0, 10_001u, StatusCode.TooManyEntries)]
    [InlineData("item-put-request", 0, 3u, StatusCode.Malformed)]
    [InlineData("item-remove-request", 0, 10_001u, StatusCode.TooManyEntries)]
    [InlineData("item-remove-request", 0, 1u, StatusCode.Malformed)]
    [InlineData("observe-reply", 0, uint.MaxValue, StatusCode.Malformed)]
    [InlineData("rank-reply", 8, uint.MaxValue, StatusCode.Malformed)]
    [InlineData("stats-reply", 0, uint.MaxValue, StatusCode.TooManyEntries)]
    [InlineData("stats-reply", 0, 1000u, StatusCode.Malformed)]
    public void Walk_CountThatLies_IsRefused(string name, int offset, uint count, StatusCode expected)
    {
        var vector = Vector.Get(name);
        byte[] body = vector.Body.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(offset), count);

        Assert.Equal(expected, BodyWalker.Walk(vector.Header, body));
    }

    [Theory]
    [InlineData(0, StatusCode.KOutOfRange)]
    [InlineData(1, StatusCode.Ok)]
    [InlineData(1000, StatusCode.Ok)]
    [InlineData(1001, StatusCode.KOutOfRange)]
    [InlineData(65535, StatusCode.KOutOfRange)]
    public void Query_CountOutOfRange_IsRefused(int count, StatusCode expected)
    {
        using var buffer = new FrameBuffer();
        _ = new QueryWriter(buffer, "ann"u8, new QueryHead((ushort)count));

        Assert.Equal(expected, QueryReader.TryRead(buffer.Written, BodyWalker.Limits, out _, out _));
    }

    [Theory]
    [InlineData(0, StatusCode.IdLength)]
    [InlineData(64, StatusCode.Ok)]
    [InlineData(65, StatusCode.IdLength)]
    [InlineData(255, StatusCode.IdLength)]
    public void Query_UserIdLength_IsJudged(int userBytes, StatusCode expected)
    {
        using var buffer = new FrameBuffer();
        _ = new QueryWriter(buffer, new byte[userBytes], new QueryHead(1));

        Assert.Equal(expected, QueryReader.TryRead(buffer.Written, BodyWalker.Limits, out _, out _));
    }

    [Fact]
    public void Query_FilterPastItsLimits_IsRefused()
    {
        using var long1 = new FrameBuffer();
        new QueryWriter(long1, "ann"u8, new QueryHead(1)).Allow(EbbAttributeKind.Tag, new byte[65]);
        using var kind = new FrameBuffer();
        new QueryWriter(kind, "ann"u8, new QueryHead(1)).Deny((EbbAttributeKind)4, "x"u8);
        using var many = new FrameBuffer();
        var writer = new QueryWriter(many, "ann"u8, new QueryHead(1));
        for (int index = 0; index < 65; index++)
        {
            writer.Deny(EbbAttributeKind.Tag, "x"u8);
        }

        Assert.Equal(
            StatusCode.AttributeTooLong, QueryReader.TryRead(long1.Written, BodyWalker.Limits, out _, out _));
        Assert.Equal(StatusCode.Malformed, QueryReader.TryRead(kind.Written, BodyWalker.Limits, out _, out _));
        Assert.Equal(
            StatusCode.TooManyEntries, QueryReader.TryRead(many.Written, BodyWalker.Limits, out _, out _));
    }

    [Fact]
    public void FrameBuffer_GrownAndTrimmed_KeepsWhatWasWritten()
    {
        using var buffer = new FrameBuffer();
        for (int index = 0; index < 5000; index++)
        {
            buffer.WriteUInt32((uint)index);
        }

        for (int index = 0; index < 5000; index++)
        {
            Assert.Equal((uint)index, BinaryPrimitives.ReadUInt32LittleEndian(buffer.Written[(index * 4)..]));
        }

        buffer.Trim(1024);
        Assert.Equal(0, buffer.Length);
    }
}
