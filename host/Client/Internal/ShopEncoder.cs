using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Client.Internal;

/// <summary>Bodies of the requests of <see cref="EbbShop"/>. What cannot be sent is left for the server to refuse.</summary>
internal static class ShopEncoder
{
    public static void Similar(FrameBuffer body, IReadOnlyList<EbbId> items, EbbSimilarKind kind, EbbQuery query)
    {
        int otherCount = Math.Clamp(items.Count - 1, 0, byte.MaxValue);
        SimilarRequest.WriteHead(body, kind, otherCount);
        RequestEncoder.Query(body, items.Count == 0 ? default : items[0], query);
        for (int index = 1; index <= otherCount; index++)
        {
            SimilarRequest.WriteOther(body, RequestEncoder.Sendable(items[index]));
        }
    }
}
