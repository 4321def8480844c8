using System.Globalization;
using Ebb.Evaluation.Datasets;

namespace Ebb.Evaluation.Relations;

/// <summary>CSV with the header relation,from,to[,weight]; without a weight it is 1.</summary>
public static class RelationFile
{
    private static readonly string[] Columns = ["relation", "from", "to"];

    /// <param name="path">Of the file.</param>
    /// <param name="badLineCount">Lines that are no relation: counted, and left out.</param>
    /// <exception cref="DataFileException">It cannot be read, or its header is another.</exception>
    public static IReadOnlyList<RelationLine> Read(string path, out int badLineCount)
    {
        using var rows = new CsvRows(path);
        if (!rows.TryRead() || rows.FieldCount < Columns.Length
            || !Columns.Select((name, field) => rows[field].Trim() == name).All(isNamed => isNamed))
        {
            throw DataFileException.At(path, 1, "the header must be relation,from,to or relation,from,to,weight.");
        }

        var lines = new List<RelationLine>();
        badLineCount = 0;
        while (rows.TryRead())
        {
            double weight = 1;
            bool isGood = rows.FieldCount >= Columns.Length && rows[1].Length > 0 && rows[2].Length > 0
                && (rows.FieldCount == Columns.Length || double.TryParse(
                    rows[3], NumberStyles.Float, CultureInfo.InvariantCulture, out weight));
            if (isGood)
            {
                lines.Add(new RelationLine(rows[0], rows[1], rows[2], weight));
            }

            badLineCount += isGood ? 0 : 1;
        }

        return lines;
    }
}
