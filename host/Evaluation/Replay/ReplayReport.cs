using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ebb.Evaluation.Replay;

/// <summary>What a replay found: data alone, as rows of a table or as JSON.</summary>
public sealed record ReplayReport
{
    private static readonly JsonSerializerOptions JsonForm = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        WriteIndented = true,
    };

    public static IReadOnlyList<string> TableHeader { get; } = ["method", "Recall@20", "NDCG@10", "MRR@20"];

    public required string Dataset { get; init; }

    public required string Split { get; init; }

    public int RowCount { get; init; }

    public int BadRowCount { get; init; }

    public IReadOnlyList<string> BadRows { get; init; } = [];

    public IReadOnlyDictionary<string, int> Dropped { get; init; } = new Dictionary<string, int>();

    public int UserCount { get; init; }

    public int ItemCount { get; init; }

    /// <summary>Items of the data that have no vector; their events are no history.</summary>
    public int ItemsWithoutVector { get; init; }

    public int TrainingRowCount { get; init; }

    public int QueryCount { get; init; }

    /// <summary>Acts that would be queries but have nothing before them.</summary>
    public int QueriesWithoutHistory { get; init; }

    /// <summary>Baselines first, then a row a half-life.</summary>
    public IReadOnlyList<MethodResult> Methods { get; init; } = [];

    /// <summary>What a reader must know, such as why there is no engine row.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Cells as text: <c>0.172 ±0.003</c>.</summary>
    public IReadOnlyList<IReadOnlyList<string>> TableRows() =>
        [.. Methods.Select(row => new[] { row.Method, Cell(row.Recall20), Cell(row.Ndcg10), Cell(row.Mrr20) })];

    public string ToJson() => JsonSerializer.Serialize(this, JsonForm);

    private static string Cell(MetricEstimate estimate) =>
        string.Create(CultureInfo.InvariantCulture, $"{estimate.Mean:0.000} ±{estimate.StandardError:0.000}");
}
