using System.Globalization;
using Ebb.Engine.Graph;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Npy;

namespace Ebb.Evaluation.Fit;

/// <summary>What <c>ebb graph</c> reads and writes. Kinds: of the nodes that are written.</summary>
public sealed record GraphFiles(string VectorsPath, string IdsPath, string RelationsPath, string OutPath)
{
    public string OutIdsPath { get; init; } = "";

    public IReadOnlyList<string> Kinds { get; init; } = [GraphNode.ItemKind];
}

/// <summary>What came of it. BadLineCount: lines of the relations that are none.</summary>
public sealed record GraphReport(GraphCounts Counts, int WrittenCount, int GainedCount, int BadLineCount);

/// <summary>Vectors that flow along relations, from files to files that every command reads.</summary>
public static class GraphRunner
{
    private static readonly string[] Columns = ["relation", "from", "to"];

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

        int badLineCount = ReadRelations(files.RelationsPath, graph);
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

    private static int ReadRelations(string path, VectorGraph graph)
    {
        using var rows = new CsvRows(path);
        if (!rows.TryRead() || rows.FieldCount < Columns.Length
            || !Columns.Select((name, field) => rows[field].Trim() == name).All(isNamed => isNamed))
        {
            throw DataFileException.At(path, 1, "the header must be relation,from,to or relation,from,to,weight.");
        }

        int badLineCount = 0;
        while (rows.TryRead())
        {
            double weight = 1;
            bool isGood = rows.FieldCount >= Columns.Length && rows[1].Length > 0 && rows[2].Length > 0
                && (rows.FieldCount == Columns.Length || double.TryParse(
                    rows[3], NumberStyles.Float, CultureInfo.InvariantCulture, out weight));
            if (isGood)
            {
                graph.AddEdge(rows[0], GraphNode.Parse(rows[1]), GraphNode.Parse(rows[2]), weight);
            }

            badLineCount += isGood ? 0 : 1;
        }

        return badLineCount;
    }
}
