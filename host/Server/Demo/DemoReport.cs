using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ebb.Server.Demo;

/// <summary>Everything that a demo found: what is printed, and what --json writes. Pure data.</summary>
public sealed record DemoReport
{
    private static readonly JsonSerializerOptions JsonForm = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
    };

    public required string Data { get; init; }

    /// <summary>False: --short played some customers only.</summary>
    public required bool Complete { get; init; }

    public required int CustomerCount { get; init; }

    public required int InvoiceCount { get; init; }

    public required int ItemCount { get; init; }

    public required string Server { get; init; }

    public required string HalfLife { get; init; }

    public required long EventsSent { get; init; }

    public required long EventsApplied { get; init; }

    public required long EventsRefused { get; init; }

    public required double Seconds { get; init; }

    public required double EventsPerSecond { get; init; }

    /// <summary>How the latencies were measured, in words.</summary>
    public required string Measured { get; init; }

    public required LatencySummary Act { get; init; }

    public required LatencySummary Recommend { get; init; }

    public required ListCounts Lists { get; init; }

    public required CustomerStory Story { get; init; }

    /// <summary>The story's list once more, with the sequence encoder.</summary>
    public required EncodedWishes Encoder { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, JsonForm);
}
