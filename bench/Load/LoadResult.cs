using System.Text.Json;

namespace Ebb.Bench.Load;

/// <summary>What came of a run, warm-up left out. Pure data.</summary>
public sealed record LoadResult
{
    private static readonly JsonSerializerOptions JsonForm = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    public required double OfferedRate { get; init; }

    /// <summary>Requests answered without an error, a second.</summary>
    public required double AchievedRate { get; init; }

    public required long Offered { get; init; }

    public required long Answered { get; init; }

    /// <summary>Not sent because too many were unanswered.</summary>
    public required long Dropped { get; init; }

    /// <summary>Still unanswered when the drain timed out.</summary>
    public required long Unanswered { get; init; }

    /// <summary>How late the generator itself was; the latencies hold it.</summary>
    public required LatencyLine Lag { get; init; }

    public required IReadOnlyList<LatencyLine> Verbs { get; init; }

    public required IReadOnlyDictionary<string, long> Errors { get; init; }

    /// <summary>The server's STATS of its batches and queues, since it began.</summary>
    public IReadOnlyDictionary<string, string> Server { get; init; } = new Dictionary<string, string>();

    public string ToJson() => JsonSerializer.Serialize(this, JsonForm);
}
