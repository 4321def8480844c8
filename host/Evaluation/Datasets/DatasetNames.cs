namespace Ebb.Evaluation.Datasets;

/// <summary>The data sets' names on a command line.</summary>
public static class DatasetNames
{
    private static readonly (string Name, DatasetKind Kind)[] Known =
    [
        ("online-retail", DatasetKind.OnlineRetail), ("ml-100k", DatasetKind.MovieLens),
        ("yoochoose", DatasetKind.Yoochoose), ("otto", DatasetKind.Otto), ("csv", DatasetKind.PlainCsv),
    ];

    public static IReadOnlyList<string> All { get; } = [.. Known.Select(entry => entry.Name)];

    public static string Of(DatasetKind kind) => Known.First(entry => entry.Kind == kind).Name;

    public static bool TryParse(string? name, out DatasetKind kind)
    {
        foreach ((string known, DatasetKind knownKind) in Known)
        {
            if (string.Equals(known, name, StringComparison.OrdinalIgnoreCase))
            {
                kind = knownKind;
                return true;
            }
        }

        kind = default;
        return false;
    }
}
