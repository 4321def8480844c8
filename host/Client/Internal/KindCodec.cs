using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Client.Internal;

/// <summary>Kinds of a query and of its list.</summary>
internal static class KindCodec
{
    /// <summary>What cannot be sent is left for the server to refuse.</summary>
    public static ReadOnlyMemory<byte> Encode(IReadOnlyList<EbbKindQuery> kinds)
    {
        using var buffer = new FrameBuffer();
        foreach (var kind in kinds.Take(byte.MaxValue))
        {
            new KindEntry
            {
                Count = (ushort)Math.Clamp(kind.Count, 0, ushort.MaxValue),
                Kind = RequestEncoder.Text(kind.Kind),
            }.Write(buffer);
        }

        return buffer.Written.ToArray();
    }

    public static IReadOnlyList<KindResult> Read(ref ListReader list)
    {
        if (!list.Head.HasKinds)
        {
            return [];
        }

        var kinds = new List<KindResult>();
        while (list.TryNextKind(out int count))
        {
            var nodes = new List<EbbNode>(count);
            while (list.TryNextNode(out var id, out float score))
            {
                nodes.Add(new EbbNode(new EbbId(id.ToArray()), score));
            }

            kinds.Add(new KindResult(nodes));
        }

        return kinds;
    }
}
