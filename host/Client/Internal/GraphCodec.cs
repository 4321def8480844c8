using System.Text;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Client.Internal;

/// <summary>GRAPH's bodies from and into public records; null for what does not follow the protocol.</summary>
internal static class GraphCodec
{
    public static void Request(FrameBuffer body, EbbGraphVerb verb, IReadOnlyList<EbbEdge> edges)
    {
        GraphRequestReader.WriteHead(body, verb, edges.Count);
        for (int index = 0; index < edges.Count; index++)
        {
            var edge = edges[index];
            new GraphEdgeEntry
            {
                Relation = RequestEncoder.Text(edge.Relation),
                FromKind = RequestEncoder.Text(edge.FromKind),
                From = RequestEncoder.Sendable(edge.From),
                ToKind = RequestEncoder.Text(edge.ToKind),
                To = RequestEncoder.Sendable(edge.To),
                Weight = edge.Weight,
            }.Write(body);
        }
    }

    public static GraphResult? Reply(ReadOnlySpan<byte> body, bool wasResent)
    {
        var reader = new WireReader(body);
        var head = GraphReplyHead.Read(ref reader);
        var unknown = new Dictionary<string, long>();
        for (int index = 0; index < head.UnknownRelations && !reader.Failed; index++)
        {
            var relation = GraphReplyHead.ReadUnknown(ref reader, out uint count);
            unknown[Encoding.UTF8.GetString(relation)] = count;
        }

        var statuses = ReplyDecoders.Statuses(ref reader, wasResent: false);
        return !reader.IsComplete ? null : new GraphResult(head.Generation, statuses)
        {
            Nodes = head.Nodes,
            Edges = head.Edges,
            LearnedEdges = head.LearnedEdges,
            UnknownRelations = unknown,
            Repeated = head.Repeated,
            Refused = head.Refused,
            Cycles = head.Cycles,
            Dangling = head.Dangling,
            WithoutVector = head.WithoutVector,
            Enriched = head.Enriched,
            Unreached = head.Unreached,
            Computed = head.Computed,
            ItemsChanged = head.ItemsChanged,
            IsLearning = head.IsLearning,
        };
    }
}
