using System.Text;
using Ebb.Engine.Batching;
using Ebb.Engine.Ranking;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Server.Transport;

/// <summary>The kinds of a query and of its answer between wire and engine. Stateless.</summary>
internal static class KindTexts
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>False: a kind is no UTF-8.</summary>
    public static bool TryFill(EngineRequest request, in QueryReader query)
    {
        var kinds = new KindQuery[query.KindCount];
        var reader = new WireReader(query.Kinds);
        try
        {
            for (int index = 0; index < kinds.Length; index++)
            {
                var entry = KindEntry.Read(ref reader);
                kinds[index] = new KindQuery(StrictUtf8.GetString(entry.Kind), entry.Count);
            }
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        request.Kinds = kinds;
        return true;
    }

    public static void Write(in ListWriter writer, EngineRequest request)
    {
        writer.KindCount(request.KindLists.Count);
        foreach (var kind in request.KindLists)
        {
            writer.Kind(kind.Nodes.Count);
            foreach (var node in kind.Nodes)
            {
                writer.Node(node.Id.Span, node.Score);
            }
        }
    }
}
