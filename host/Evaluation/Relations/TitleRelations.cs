using System.Globalization;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Fit;

namespace Ebb.Evaluation.Relations;

/// <summary>
/// Relations between items whose titles share rare words, from a file of titles to a file of relations: what lets an
/// item that nobody has done yet have its neighbours' vector where no brand or category is known.
/// </summary>
public static class TitleRelations
{
    /// <summary>A word of more items than this links nobody.</summary>
    private const int WordItemsMax = 5000;

    private static readonly string[] Columns = ["item", "text"];

    /// <param name="textsPath">CSV with the header item,text.</param>
    /// <param name="relationsPath">CSV with the header relation,from,to,weight; replaced.</param>
    /// <param name="relation">The name of the relation.</param>
    /// <exception cref="DataFileException">A file cannot be read or written; one line says which and why.</exception>
    public static TitleRelationsReport Write(
        string textsPath, string relationsPath, string relation = TitleLinks.Title)
    {
        (List<string> ids, List<string> texts) = Read(textsPath, out int badLineCount);
        (int From, int To, double Weight)[] links =
        [
            .. TitleLinks.Of(TitleLinks.Words(texts.Select((text, item) => (item, text))), ids.Count, WordItemsMax)
                .Select(link => link.From < link.To ? link : (From: link.To, To: link.From, link.Weight))
                .DistinctBy(link => (link.From, link.To)),
        ];
        string name = CsvText.Quote(relation);
        try
        {
            File.WriteAllLines(
                relationsPath,
                links.Select(link => string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name},{End(ids[link.From])},{End(ids[link.To])},{link.Weight:0.####}"))
                    .Prepend("relation,from,to,weight"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataFileException($"{relationsPath}: {failure.Message}", failure);
        }

        int linked = links.SelectMany(link => new[] { link.From, link.To }).Distinct().Count();
        return new TitleRelationsReport(ids.Count, linked, links.Length, badLineCount);
    }

    // Text before the first colon would be a kind.
    private static string End(string id) => CsvText.Quote(id.Contains(':') ? "item:" + id : id);

    private static (List<string> Ids, List<string> Texts) Read(string path, out int badLineCount)
    {
        using var rows = new CsvRows(path);
        if (!rows.TryRead() || rows.FieldCount != Columns.Length
            || !Columns.Select((name, field) => rows[field].Trim() == name).All(isNamed => isNamed))
        {
            throw DataFileException.At(path, 1, "the header must be item,text.");
        }

        var ids = new List<string>();
        var texts = new List<string>();
        var known = new HashSet<string>();
        badLineCount = 0;
        while (rows.TryRead())
        {
            if (rows.FieldCount == Columns.Length && rows[0].Length > 0 && known.Add(rows[0]))
            {
                ids.Add(rows[0]);
                texts.Add(rows[1]);
            }
            else
            {
                badLineCount++;
            }
        }

        return (ids, texts);
    }
}
