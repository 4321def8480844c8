using System.Globalization;
using System.Text.Json;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Compare;

/// <summary>One policy on one segment; the difference is to the first policy, paired by query.</summary>
public sealed record ComparedPolicy(string Name, MetricEstimate Recall20, MetricEstimate Difference);

/// <summary>A part of the queries, and every policy on it.</summary>
public sealed record ComparedSegment(string Name, int QueryCount, IReadOnlyList<ComparedPolicy> Policies);

/// <summary>What a comparison found: data alone, as rows of a table or as JSON.</summary>
public sealed record ComparisonReport(string Dataset, string Split, IReadOnlyList<ComparedSegment> Segments)
{
    private static readonly JsonSerializerOptions JsonForm = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
        WriteIndented = true,
    };

    public static IReadOnlyList<string> TableHeader { get; } =
        ["queries", "count", "policy", "Recall@20", "difference", "in errors"];

    public IReadOnlyList<IReadOnlyList<string>> TableRows() => [.. Segments.SelectMany(segment =>
        segment.Policies.Select((policy, place) => new[]
        {
            place == 0 ? segment.Name : "",
            place == 0 ? segment.QueryCount.ToString("N0", CultureInfo.InvariantCulture) : "",
            policy.Name,
            Cell("0.000", policy.Recall20),
            place == 0 ? "" : Cell("+0.0000;-0.0000", policy.Difference),
            place == 0 ? "" : InErrors(policy.Difference),
        }))];

    public string ToJson() => JsonSerializer.Serialize(this, JsonForm);

    private static string Cell(string format, MetricEstimate estimate) =>
        estimate.Mean.ToString(format, CultureInfo.InvariantCulture)
        + " ±" + estimate.StandardError.ToString("0.0000", CultureInfo.InvariantCulture);

    private static string InErrors(MetricEstimate difference) => difference.StandardError > 0
        ? (difference.Mean / difference.StandardError).ToString("+0.0;-0.0", CultureInfo.InvariantCulture)
        : "";
}
