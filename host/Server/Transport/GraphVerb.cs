using System.Text;
using Ebb.Engine;
using Ebb.Engine.Graph;
using Ebb.Engine.Graph.Live;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Server.Transport;

/// <summary>GRAPH between wire and engine. Stateless.</summary>
internal static class GraphVerb
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The work of the frame; null: refused, and the reply is on its way.</summary>
    public static Func<Task>? TryRead(
        EbbConnection connection, ServerCore core, in FrameContext frame, ReplyHead reply)
    {
        var status = GraphRequestReader.TryOpen(frame.Body, core.Options.Limits, out var reader);
        var edges = new List<GraphEdge?>(reader.Count);
        while (status == StatusCode.Ok && reader.TryNext(out var entry))
        {
            edges.Add(ToEdge(entry));
        }

        status = status == StatusCode.Ok ? reader.Finish() : status;
        if (status != StatusCode.Ok)
        {
            connection.Refuse(reply with { Status = status }, RefusalText.Of(status, core.Options.Limits));
            return null;
        }

        var verb = reader.Verb;
        return async () =>
        {
            var (done, statuses) = await RunAsync(core.Engine, verb, edges);
            var made = connection.BeginReply(connection.Output.Enter(), reply);
            Write(made.Body(), done, statuses);
            connection.EndReply(made, reply);
        };
    }

    /// <summary>Statuses of all edges sent, those that could not be read among them.</summary>
    private static async Task<(GraphReply Reply, IReadOnlyList<EntryStatus> Statuses)> RunAsync(
        IEngineDoor engine, EbbGraphVerb verb, List<GraphEdge?> edges)
    {
        switch (verb)
        {
            case EbbGraphVerb.Learn:
                return (await engine.LearnEdgesAsync(), []);
            case EbbGraphVerb.Put:
                var reply = await engine.PutEdgesAsync([.. edges.OfType<GraphEdge>()]);
                int next = 0;
                return (reply, [.. edges.Select(edge =>
                    edge is null ? EntryStatus.Malformed : reply.Statuses[next++])]);
            default:
                return (new GraphReply([], engine.CatalogueGeneration, engine.GraphCounts), []);
        }
    }

    private static GraphEdge? ToEdge(in GraphEdgeEntry entry)
    {
        try
        {
            return new GraphEdge(
                StrictUtf8.GetString(entry.Relation),
                new GraphEnd(ToKind(entry.FromKind), new OpaqueId(entry.From.ToArray())),
                new GraphEnd(ToKind(entry.ToKind), new OpaqueId(entry.To.ToArray())),
                entry.Weight);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static string ToKind(ReadOnlySpan<byte> kind) =>
        kind.IsEmpty ? GraphNode.ItemKind : StrictUtf8.GetString(kind);

    private static void Write(FrameBuffer body, GraphReply reply, IReadOnlyList<EntryStatus> statuses)
    {
        var counts = reply.Counts;
        int unknown = Math.Min(counts.UnknownRelations.Count, ushort.MaxValue);
        new GraphReplyHead(reply.Generation)
        {
            Nodes = (uint)counts.NodeCount,
            Edges = (uint)counts.EdgeCount,
            LearnedEdges = (uint)counts.LearnedEdgeCount,
            Repeated = (uint)counts.RepeatedCount,
            Refused = (uint)counts.LoopCount,
            Cycles = (uint)counts.CycleCount,
            Dangling = (uint)counts.DanglingCount,
            WithoutVector = (uint)counts.ItemsWithoutVector,
            Enriched = (uint)counts.EnrichedCount,
            Unreached = (uint)counts.UnreachedCount,
            Computed = (uint)reply.ComputedCount,
            ItemsChanged = (uint)reply.ItemsChanged,
            IsLearning = reply.IsLearning,
            UnknownRelations = (ushort)unknown,
        }.Write(body);
        foreach (var (relation, count) in counts.UnknownRelations.Take(unknown))
        {
            GraphReplyHead.WriteUnknown(body, Encoding.UTF8.GetBytes(relation), (uint)count);
        }

        body.WriteUInt32((uint)statuses.Count);
        foreach (var status in statuses)
        {
            body.WriteUInt16((ushort)status);
        }
    }
}
