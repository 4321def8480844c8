namespace Ebb.Engine.Interest.Trends;

/// <summary>
/// Decayed demand for one item as of its own last event: Σ w·2^(−a/fast), Σ w·2^(−a/slow), and Σ w²·2^(−2a/fast), the
/// variance of the first where events are independent.
/// </summary>
internal struct TrendCell
{
    public const int Bytes = 24;

    public uint Item;
    public float Fast;
    public float Slow;
    public float Squares;
    public long AsOfMs;
}
