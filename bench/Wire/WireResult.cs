using System.Globalization;
using System.Text.Json;

namespace Ebb.Bench.Wire;

/// <summary>What came of a run. Pure data.</summary>
public sealed record WireResult
{
    private static readonly JsonSerializerOptions JsonForm =
        new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public required string Verb { get; init; }

    public required int Connections { get; init; }

    public required int Depth { get; init; }

    /// <summary>Of the longest request.</summary>
    public required int RequestBytes { get; init; }

    public required long Requests { get; init; }

    public required long Errors { get; init; }

    public required double Rate { get; init; }

    public required double P50Us { get; init; }

    public required double P99Us { get; init; }

    public required double P999Us { get; init; }

    /// <summary>At Poisson moments: how late requests were sent, which their latencies hold; else 0.</summary>
    public double LagP99Us { get; init; }

    /// <summary>CPU time of the server per request, all its threads; 0: not asked.</summary>
    public required double ServerCpuUs { get; init; }

    public required double ClientCpuUs { get; init; }

    /// <summary>Ebb's STATS that are sums, as their growth over the run.</summary>
    public required IReadOnlyDictionary<string, long> Growth { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, JsonForm);

    public string ToText()
    {
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{Verb}, {Connections} connections, depth {Depth}: {Rate:N0}/s, p50 {P50Us:N0} us, p99 {P99Us:N0} us, "
            + $"p99.9 {P999Us:N0} us, {Requests:N0} requests, {Errors:N0} errors, "
            + $"CPU a request: server {ServerCpuUs:N2} us, client {ClientCpuUs:N2} us");
        foreach (var (name, growth) in Growth)
        {
            text += string.Create(
                CultureInfo.InvariantCulture, $"\n  {name} +{growth:N0} ({(double)growth / Requests:N4} a request)");
        }

        return text;
    }
}
