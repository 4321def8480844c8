namespace Ebb.Engine.Interest.Curves;

/// <summary>
/// A curve in Elasticsearch's words (reference, function score query, decay functions): what remains is 1 up to
/// Offset, and Decay at Offset + Scale. Its origin is always now: an event's age is all that a curve sees.
/// </summary>
public sealed record ElasticDecay(ElasticFunction Function, TimeSpan Scale)
{
    public TimeSpan Offset { get; init; } = TimeSpan.Zero;

    /// <summary>Between 0 and 1, both excluded.</summary>
    public double Decay { get; init; } = 0.5;

    public string? Problem
    {
        get
        {
            if (!(Decay > 0 && Decay < 1))
            {
                return $"decay lies between 0 and 1, not at {Decay}";
            }

            if (Offset < TimeSpan.Zero)
            {
                return "offset is a time";
            }

            return Scale > TimeSpan.Zero ? null : "scale is a time above zero";
        }
    }

    /// <exception cref="ArgumentException">See <see cref="Problem"/>.</exception>
    public ForgettingCurve ToCurve()
    {
        if (Problem is { } problem)
        {
            throw new ArgumentException(problem);
        }

        // gauss: σ² = −scale²/(2·ln decay); exp: λ = ln decay/scale; linear: s = scale/(1 − decay).
        ForgettingCurve curve = Function switch
        {
            ElasticFunction.Gauss => new GaussianCurve(Scale / Math.Sqrt(-2 * Math.Log(Decay))),
            ElasticFunction.Exp => new ExponentialCurve(Scale / -Math.Log2(Decay)),
            _ => new LinearCurve(Scale / (1 - Decay)),
        };
        return Offset == TimeSpan.Zero ? curve : new DelayedCurve(curve, Offset);
    }
}
