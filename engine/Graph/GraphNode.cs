namespace Ebb.Engine.Graph;

/// <summary>
/// A node: an item, or a brand, merchant, category, word … of the kind named. Ids are the caller's own.
/// </summary>
public readonly record struct GraphNode(string Kind, string Id)
{
    public const string ItemKind = "item";

    public static GraphNode Item(string id) => new(ItemKind, id);

    /// <summary>"kind:id"; without a colon an item.</summary>
    public static GraphNode Parse(string text)
    {
        int colon = text.IndexOf(':');
        return colon <= 0 ? Item(text) : new GraphNode(text[..colon], text[(colon + 1)..]);
    }

    public override string ToString() => Kind == ItemKind ? Id : $"{Kind}:{Id}";
}
