namespace Ebb.Engine.Experiments;

/// <summary>
/// Difference of two arms that may be looked at as often as one likes: a mixture sequential probability ratio test
/// (Robbins 1970; Johari, Koomen, Pekelis, Walsh: Always Valid Inference, Operations Research 2022) on the difference
/// of two ratio estimates, with information I = 1/(V_a + V_b), and a normal mixture N(0, τ²), φ = 1/τ²:
/// Λ = √(φ/(φ+I))·exp(I²Δ²/(2(I+φ))), p = min(1, 1/Λ). DESIGN.md says why returning users do not break it.
/// Stateless.
/// </summary>
public static class SequentialTest
{
    /// <summary>Users of each arm before anything is called: the normal approximation needs some.</summary>
    public const int UsersMin = 100;

    /// <summary>Of them, those with anything in the numerator.</summary>
    public const int ActiveUsersMin = 20;

    /// <param name="control">What it is compared with.</param>
    /// <param name="arm">Difference: the arm's rate less the control's.</param>
    /// <param name="effect">τ: the difference that matters, chosen beforehand.</param>
    /// <param name="alpha">Of this comparison, over all looks.</param>
    public static SequentialResult Compare(
        in RatioEstimate control, in RatioEstimate arm, double effect, double alpha)
    {
        double difference = arm.Rate - control.Rate;
        double variance = arm.Variance + control.Variance;
        bool isReady = Math.Min(control.Users, arm.Users) >= UsersMin
            && Math.Min(control.ActiveUsers, arm.ActiveUsers) >= ActiveUsersMin && variance > 0;
        if (!isReady)
        {
            return new SequentialResult(difference, 1) { Low = -1, High = 1 };
        }

        double information = 1 / variance;
        double precision = 1 / (effect * effect);
        double logShrink = 0.5 * Math.Log(precision / (precision + information));
        double logRatio = logShrink
            + (information * information * difference * difference / (2 * (information + precision)));
        double half = Math.Sqrt(
            2 * (information + precision) / (information * information) * (Math.Log(1 / alpha) - logShrink));
        return new SequentialResult(difference, Math.Min(1, Math.Exp(-logRatio)))
        {
            IsReady = true,
            Low = Math.Max(-1, difference - half),
            High = Math.Min(1, difference + half),
        };
    }
}
