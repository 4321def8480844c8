using Ebb.Engine.Graph;

namespace Ebb.Evaluation.Relations;

/// <summary>What <c>ebb graph</c> reads and writes. Kinds: of the nodes that are written.</summary>
public sealed record GraphFiles(string VectorsPath, string IdsPath, string RelationsPath, string OutPath)
{
    public string OutIdsPath { get; init; } = "";

    public IReadOnlyList<string> Kinds { get; init; } = [GraphNode.ItemKind];
}
