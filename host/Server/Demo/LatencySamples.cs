namespace Ebb.Server.Demo;

/// <summary>Every latency of one kind of call, kept whole so that percentiles are exact. Thread-safe.</summary>
public sealed class LatencySamples
{
    private readonly List<TimeSpan> _samples = [];
    private readonly Lock _lock = new();

    public void Add(TimeSpan latency)
    {
        lock (_lock)
        {
            _samples.Add(latency);
        }
    }

    public LatencySummary Summarise()
    {
        lock (_lock)
        {
            TimeSpan[] sorted = [.. _samples.Order()];
            return sorted.Length == 0 ? default : new LatencySummary(
                sorted.Length, Rank(sorted, 0.5), Rank(sorted, 0.99), Rank(sorted, 0.999), Micros(sorted[^1]));
        }
    }

    /// <summary>Nearest rank: the smallest sample that at least this share of the samples does not pass.</summary>
    private static double Rank(TimeSpan[] sorted, double share) =>
        Micros(sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)]);

    private static double Micros(TimeSpan latency) => Math.Round(latency.TotalMicroseconds, 1);
}
