using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Client.Internal;

/// <summary>Replies of <see cref="EbbShop"/> into public records; null for what does not follow the protocol.</summary>
internal static class ShopDecoder
{
    public static SimilarResult? Similar(ReadOnlySpan<byte> body, bool wasResent)
    {
        var reader = new WireReader(body);
        var head = SimilarReply.Read(ref reader);
        return ReplyDecoders.List(reader) is { } list
            ? new SimilarResult(list) { Learned = head.Learned, UnknownCount = head.UnknownCount }
            : null;
    }
}
