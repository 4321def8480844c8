using System.Globalization;
using Ebb.Evaluation.Datasets;

namespace Ebb.Evaluation.Studies.Shop;

/// <summary>
/// What a client could say of a user on the first request: MovieLens' age and gender (u.user beside the data), Online
/// Retail's country. By index of the log's user; null for none.
/// </summary>
internal static class UserSegments
{
    private const int AgeStep = 15;

    public static string?[]? Of(BehaviourLog log, string dataPath, out string source)
    {
        string folder = Directory.Exists(dataPath) ? dataPath : Path.GetDirectoryName(dataPath) ?? "";
        string? people = new[] { "u.user", "u.user.gz" }.Select(name => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
        Dictionary<string, string>? segments = log.Kind switch
        {
            DatasetKind.MovieLens when people is not null => Ages(people),
            DatasetKind.OnlineRetail => Countries(DatasetFiles.Find(dataPath, "online_retail.csv*", "*.csv*")),
            _ => null,
        };
        source = log.Kind == DatasetKind.MovieLens ? $"age by {AgeStep} years and gender" : "country";
        return segments is null ? null : [.. log.Users.Select(user => segments.GetValueOrDefault(user))];
    }

    private static Dictionary<string, string> Ages(string path)
    {
        var segments = new Dictionary<string, string>();
        foreach ((long _, string line) in DataFile.ReadLines(path))
        {
            string[] fields = line.Split('|');
            if (fields.Length >= 3 && int.TryParse(fields[1], CultureInfo.InvariantCulture, out int age))
            {
                segments[fields[0]] = $"{age / AgeStep * AgeStep} {fields[2]}";
            }
        }

        return segments;
    }

    private static Dictionary<string, string> Countries(string path)
    {
        var segments = new Dictionary<string, string>();
        using var rows = new CsvRows(path);
        int customer = -1;
        int country = -1;
        while (rows.TryRead())
        {
            string[] fields = [.. Enumerable.Range(0, rows.FieldCount).Select(field => rows[field].Trim())];
            if (customer < 0)
            {
                customer = Array.IndexOf(fields, "CustomerID");
                country = Array.IndexOf(fields, "Country");
                if (customer < 0 || country < 0)
                {
                    break;
                }
            }
            else if (fields.Length > Math.Max(customer, country))
            {
                segments[fields[customer].Split('.')[0]] = fields[country];
            }
        }

        return segments;
    }
}
