using Ebb.Engine.Graph;
using Ebb.Evaluation.Npy;

namespace Ebb.Evaluation.Relations;

/// <summary>Vectors that flow along relations, from files to files that every command reads.</summary>
public static class GraphRunner
{
    /// <exception cref="DataFileException">A file cannot be read; one line says which and why.</exception>
    public static GraphReport Run(GraphFiles files, GraphOptions options)
    {
        ItemVectors given = ItemVectors.Load(files.VectorsPath, files.IdsPath);
        var graph = new VectorGraph(given.Dimension, options);
        int without = 0;
        for (int row = 0; row < given.Count; row++)
        {
            ReadOnlySpan<float> vector = given.Row(row).Span;
            without += vector.ContainsAnyExcept(0f) ? 0 : 1;
            graph.Put(GraphNode.Parse(given.Ids[row]), vector);
        }

        IReadOnlyList<RelationLine> lines = RelationFile.Read(files.RelationsPath, out int badLineCount);
        foreach (RelationLine line in lines)
        {
            graph.AddEdge(line.Relation, GraphNode.Parse(line.From), GraphNode.Parse(line.To), line.Weight);
        }

        graph.TakeCommon();
        graph.Propagate();
        GraphNode[] written = [.. graph.Nodes.Where(node => files.Kinds.Contains(node.Kind))];
        float[] values = new float[written.Length * given.Dimension];
        int empty = 0;
        for (int row = 0; row < written.Length; row++)
        {
            float[] vector = graph.Vector(written[row]);
            vector.CopyTo(values.AsSpan(row * given.Dimension));
            empty += vector.Length == 0 ? 1 : 0;
        }

        NpyWriter.Write(files.OutPath, values, given.Dimension);
        File.WriteAllLines(files.OutIdsPath, written.Select(node => node.ToString()));
        int gained = written.Length - empty - (given.Count - without);
        return new GraphReport(graph.Count(), written.Length, gained, badLineCount);
    }
}
