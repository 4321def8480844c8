using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;
using Ebb.Client;
using Ebb.Evaluation;

namespace Ebb.Server.Loading;

/// <summary>
/// Item attributes from a CSV with a header: id, and any of category, brand, merchant, tags (divided by |) and in_stock
/// (1/0, true/false, yes/no). Immutable after reading.
/// </summary>
public sealed class AttributeTable
{
    public static readonly AttributeTable Empty = new();

    private const int BadRowExampleMax = 5;

    private readonly Dictionary<string, Row> _rows = [];
    private readonly List<string> _badRows = [];

    private AttributeTable()
    {
    }

    public long BadRowCount { get; private set; }

    /// <summary>The first few, as "file:line: problem".</summary>
    public IReadOnlyList<string> BadRows => _badRows;

    /// <exception cref="DataFileException">The file cannot be read or has no column "id".</exception>
    public static AttributeTable Read(string path)
    {
        try
        {
            using var text = new StreamReader(path);
            return Read(text, path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DataFileException.In(path, "cannot be read (" + exception.Message + ")", exception);
        }
    }

    /// <summary>The category of each item that has one.</summary>
    public IReadOnlyDictionary<string, string> Categories() => _rows
        .Where(row => !string.IsNullOrEmpty(row.Value.Category))
        .ToDictionary(row => row.Key, row => row.Value.Category!);

    /// <summary>The item with the attributes that the table has for it.</summary>
    public EbbItem Describe(EbbItem item, string id) => !_rows.TryGetValue(id, out Row row) ? item : item with
    {
        Category = row.Category,
        Brand = row.Brand,
        Merchant = row.Merchant,
        Tags = row.Tags,
        InStock = row.InStock,
    };

    private static AttributeTable Read(TextReader text, string path)
    {
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            PrepareHeaderForMatch = header => header.Header.Trim().ToLowerInvariant(),
            MissingFieldFound = null,
            BadDataFound = null,
        };
        using var csv = new CsvReader(text, configuration);
        if (!csv.Read() || !csv.ReadHeader() || csv.GetFieldIndex("id", isTryGet: true) < 0)
        {
            throw DataFileException.In(path, "has no header with a column 'id'");
        }

        var table = new AttributeTable();
        while (csv.Read())
        {
            table.Add(csv, path);
        }

        return table;
    }

    private void Add(CsvReader csv, string path)
    {
        string id = Field(csv, "id") ?? "";
        string stock = (Field(csv, "in_stock") ?? "1").ToLowerInvariant();
        bool inStock = stock is "1" or "true" or "yes";
        bool outOfStock = stock is "0" or "false" or "no";
        if (id.Length == 0 || !(inStock || outOfStock))
        {
            BadRowCount++;
            string problem = id.Length == 0 ? "no id" : $"in_stock '{stock}' is neither 1 nor 0";
            if (_badRows.Count < BadRowExampleMax)
            {
                _badRows.Add($"{path}:{csv.Parser.RawRow}: {problem}");
            }

            return;
        }

        string[] tags = (Field(csv, "tags") ?? "").Split(
            '|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        _rows[id] = new Row(Field(csv, "category"), Field(csv, "brand"), Field(csv, "merchant"), tags, inStock);
    }

    private static string? Field(CsvReader csv, string name)
    {
        int index = csv.GetFieldIndex(name, isTryGet: true);
        string? value = index < 0 ? null : csv.GetField(index)?.Trim();
        return string.IsNullOrEmpty(value) ? null : value;
    }

    private readonly record struct Row(
        string? Category, string? Brand, string? Merchant, string[] Tags, bool InStock);
}
