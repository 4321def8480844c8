namespace Ebb.Bench.Load;

/// <summary>
/// Moments of arrival, in seconds from the start: exponential gaps of mean 1/rate. They depend on the seed only, never
/// on how the server answers; that is what makes the loop open.
/// </summary>
public sealed class PoissonSchedule(double ratePerSecond, Random random)
{
    private double _nextSeconds;

    public double Next()
    {
        // 1 − u lies in (0, 1]: the logarithm is finite.
        _nextSeconds += -Math.Log(1 - random.NextDouble()) / ratePerSecond;
        return _nextSeconds;
    }
}
