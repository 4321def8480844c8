using Ebb.Protocol;
using Xunit;

namespace Ebb.Host.Tests.Protocol;

public sealed class TaggedFieldsTests
{
    [Fact]
    public void TryRead_AllKnownTags_GivesTheirValues()
    {
        byte[] tagged = Write(static writer =>
        {
            writer.Tag(FieldTag.Tenant, "shop"u8);
            writer.Tag(FieldTag.Session, 11UL);
            writer.Tag(FieldTag.Sequence, 12UL);
            writer.Tag(FieldTag.Trace, "trace"u8);
            writer.Tag(FieldTag.DurableUpTo, 13UL);
            writer.Tag(FieldTag.RetryAfter, 14u);
            writer.Tag(FieldTag.QueueTime, 15u);
            writer.Tag(FieldTag.Message, "why"u8);
        });

        Assert.Equal(StatusCode.Ok, TaggedFields.TryRead(tagged, out var fields));

        Assert.True(fields.HasTenant);
        Assert.Equal("shop"u8, fields.Tenant);
        Assert.Equal(11UL, fields.Session);
        Assert.Equal(12UL, fields.Sequence);
        Assert.Equal("trace"u8, fields.Trace);
        Assert.True(fields.HasDurableUpTo);
        Assert.Equal(13UL, fields.DurableUpTo);
        Assert.Equal(14u, fields.RetryAfterMs);
        Assert.Equal(15u, fields.QueueTimeMicroseconds);
        Assert.Equal("why"u8, fields.Message);
    }

    [Fact]
    public void TryRead_UnknownTag_IsSkipped()
    {
        byte[] tagged = Write(static writer =>
        {
            writer.Tag((FieldTag)0x0777, "anything"u8);
            writer.Tag(FieldTag.Sequence, 5UL);
        });

        Assert.Equal(StatusCode.Ok, TaggedFields.TryRead(tagged, out var fields));
        Assert.Equal(5UL, fields.Sequence);
    }

    [Fact]
    public void TryRead_UnknownTagWithCriticalBit_IsRefused()
    {
        byte[] tagged = Write(static writer => writer.Tag((FieldTag)0x8777, "anything"u8));

        Assert.Equal(StatusCode.UnsupportedVersion, TaggedFields.TryRead(tagged, out _));
    }

    [Fact]
    public void TryRead_SameTagTwice_TheLastCounts()
    {
        byte[] tagged = Write(static writer =>
        {
            writer.Tag(FieldTag.Session, 1UL);
            writer.Tag(FieldTag.Session, 2UL);
        });

        Assert.Equal(StatusCode.Ok, TaggedFields.TryRead(tagged, out var fields));
        Assert.Equal(2UL, fields.Session);
    }

    [Fact]
    public void TryRead_ValueOfWrongLength_IsMalformed()
    {
        byte[] tagged = Write(static writer => writer.Tag(FieldTag.Session, 1u));

        Assert.Equal(StatusCode.Malformed, TaggedFields.TryRead(tagged, out _));
    }

    [Theory]
    [InlineData(FieldTag.Session)]
    [InlineData(FieldTag.Sequence)]
    public void TryRead_SessionOrSequenceOfZero_IsMalformed(FieldTag tag)
    {
        byte[] tagged = Write(writer => writer.Tag(tag, 0UL));

        Assert.Equal(StatusCode.Malformed, TaggedFields.TryRead(tagged, out _));
    }

    [Fact]
    public void TryRead_SameTagTwiceTheFirstWrong_IsMalformed()
    {
        byte[] tagged = Write(static writer =>
        {
            writer.Tag(FieldTag.Session, 1u);
            writer.Tag(FieldTag.Session, 2UL);
        });

        Assert.Equal(StatusCode.Malformed, TaggedFields.TryRead(tagged, out _));
    }

    [Fact]
    public void TryRead_TenantOf33Bytes_IsIdLength()
    {
        byte[] tagged = Write(static writer => writer.Tag(FieldTag.Tenant, new byte[33]));

        Assert.Equal(StatusCode.IdLength, TaggedFields.TryRead(tagged, out _));
    }

    [Fact]
    public void TryRead_EveryTruncatedPrefix_IsOkAtFieldEndsOnly()
    {
        byte[] tagged = Write(static writer =>
        {
            writer.Tag(FieldTag.Tenant, "shop"u8);
            writer.Tag(FieldTag.Session, 11UL);
        });

        for (int length = 0; length < tagged.Length; length++)
        {
            var expected = length is 0 or 8 ? StatusCode.Ok : StatusCode.Malformed;
            Assert.Equal(expected, TaggedFields.TryRead(tagged.AsSpan(0, length), out _));
        }
    }

    [Fact]
    public void TagMessage_LongerThanTheLimit_IsCutAtACharacter()
    {
        string text = new string('x', 255) + "é and more";
        byte[] tagged = Write(writer => writer.TagMessage(text));

        Assert.Equal(StatusCode.Ok, TaggedFields.TryRead(tagged, out var fields));
        Assert.Equal(255, fields.Message.Length);
    }

    private delegate void Write1(FrameWriter writer);

    private static byte[] Write(Write1 write)
    {
        using var buffer = new FrameBuffer();
        var frame = new FrameWriter(buffer, default);
        write(frame);
        frame.Complete();
        return buffer.Written[FrameHeader.Bytes..].ToArray();
    }
}
