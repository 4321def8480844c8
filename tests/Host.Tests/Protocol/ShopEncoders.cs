using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Host.Tests.Protocol;

/// <summary>The vectors of the shop's verbs, built again with our writers.</summary>
internal static class ShopEncoders
{
    public static void SimilarRequestFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Request(Opcode.Similar, 19));
        var body = frame.Body();
        SimilarRequest.WriteHead(body, EbbSimilarKind.Complementary, 1);
        var query = new QueryWriter(body, "book-1"u8, new QueryHead(5, IncludeOutOfStock: true));
        query.Deny(EbbAttributeKind.Tag, "used"u8);
        SimilarRequest.WriteOther(body, "book-2"u8);
        frame.Complete();
    }

    public static void SimilarReplyFrame(FrameBuffer buffer)
    {
        var frame = new FrameWriter(buffer, VectorEncoders.Reply(Opcode.Similar, 19, 80));
        var body = frame.Body();
        new SimilarReply(true, 1).Write(body);
        var list = new ListWriter(body, new ListHead(EbbListDecision.New, true, double.NaN, 0, 7), 1);
        list.Item("book-3"u8, 0.75f, 0, 0);
        frame.Complete();
    }
}
