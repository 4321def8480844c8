namespace Ebb.Engine.Interest;

/// <summary>
/// Against click farms: at most so much weight per user and scope within a window. An event of weight w at time t gets
/// <code>
/// w' = sign(w)·min(|w|, max(0, C − B)),   B = Σ |w'_j| over the user's remembered events j
///                                             of the scope and of w's sign with |t − t_j| &lt; T
/// </code>
/// with the cap C and the window T: the sliding-window limit of request throttling, on weights instead of counts and on
/// both sides of t, because events come late. w' is what is logged and folded. Remembered are the last L events with a
/// weight: what was capped to nothing does not push them out.
/// </summary>
public sealed record BurstCap(float Weight, TimeSpan Window, BurstScope Per)
{
    /// <summary>w', one rounding to fp32.</summary>
    public float Limit(float weight, double used)
    {
        double left = Math.Max(0, Weight - used);
        return Math.Abs(weight) <= left ? weight : (float)(Math.Sign(weight) * left);
    }
}
