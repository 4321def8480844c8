using System.Text;

namespace Ebb.Engine.Graph.Live;

/// <summary>
/// An end of an edge: an item by its id, or a brand, merchant, category, content … by kind and id. It need not exist.
/// </summary>
public readonly record struct GraphEnd(string Kind, OpaqueId Id)
{
    public static GraphEnd Item(OpaqueId id) => new(GraphNode.ItemKind, id);

    /// <summary>"kind:id"; without a colon an item.</summary>
    public static GraphEnd Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon <= 0 ? Item(text) : new GraphEnd(text[..colon], text[(colon + 1)..]);
    }

    public override string ToString() => Kind == GraphNode.ItemKind ? Id.ToString() : $"{Kind}:{Id}";

    /// <summary>Ids are bytes that nobody interprets: a character each, so that no two of them become one.</summary>
    internal GraphNode ToNode() => new(Kind, Encoding.Latin1.GetString(Id.Span));

    internal static GraphEnd Of(GraphNode node) => new(node.Kind, new OpaqueId(Encoding.Latin1.GetBytes(node.Id)));
}
