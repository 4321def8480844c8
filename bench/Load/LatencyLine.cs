namespace Ebb.Bench.Load;

/// <summary>One verb's latencies in microseconds, to three significant digits. Pure data.</summary>
public sealed record LatencyLine(
    string Name, long Count, double P50Us, double P90Us, double P99Us, double P999Us, double MaxUs)
{
    private const double NanosPerMicro = 1000;

    public static LatencyLine Of(string name, LatencyHistogram histogram) => new(
        name,
        histogram.Count,
        histogram.ValueAt(0.5) / NanosPerMicro,
        histogram.ValueAt(0.9) / NanosPerMicro,
        histogram.ValueAt(0.99) / NanosPerMicro,
        histogram.ValueAt(0.999) / NanosPerMicro,
        histogram.Max / NanosPerMicro);
}
