using System.Text;
using Ebb.Engine.Batching;
using Ebb.Engine.Sources;
using Ebb.Protocol.Messages;

namespace Ebb.Server.Transport;

/// <summary>Writes what each source adds to the items of a list: the names once, then kinds and amounts.</summary>
internal static class ListSourceEncoder
{
    private static readonly byte[][] Names = [.. Enum.GetValues<SourceKind>()
        .Select(kind => Encoding.UTF8.GetBytes(kind.ToString().ToLowerInvariant()))];

    public static void Write(in ListWriter writer, EngineRequest request)
    {
        // Kinds are 0, 1, 2 …: a bit each.
        uint used = 0;
        foreach (var source in request.Sources)
        {
            used |= 1u << (int)source.Kind;
        }

        writer.SourceNames(System.Numerics.BitOperations.PopCount(used));
        for (int kind = 0; kind < Names.Length; kind++)
        {
            if ((used & (1u << kind)) != 0)
            {
                writer.SourceName((byte)kind, Names[kind]);
            }
        }

        foreach (var item in request.Items)
        {
            writer.ItemSources(item.SourceCount);
            for (int index = item.FirstSource; index < item.FirstSource + item.SourceCount; index++)
            {
                writer.Source((byte)request.Sources[index].Kind, request.Sources[index].Amount);
            }
        }
    }
}
