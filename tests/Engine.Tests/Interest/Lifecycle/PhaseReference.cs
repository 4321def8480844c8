using Ebb.Engine.Interest.Lifecycle;

namespace Ebb.Engine.Tests.Interest.Lifecycle;

/// <summary>
/// Phases written out again: the plain sum over all events of a subject at every moment that counts, in double.
/// </summary>
internal static class PhaseReference
{
    /// <param name="events">Of one subject, in log order.</param>
    /// <param name="nowMs">The moment.</param>
    /// <param name="rule">Its rule.</param>
    public static InterestPhase Phase((double Weight, long TimeMs)[] events, long nowMs, PhaseRule rule)
    {
        double halfLifeMs = rule.HalfLife.TotalMilliseconds;
        double[] after = new double[events.Length];
        long asOfMs = long.MinValue;
        for (int last = 0; last < events.Length; last++)
        {
            asOfMs = Math.Max(asOfMs, events[last].TimeMs);
            after[last] = Sum(events[..(last + 1)], asOfMs, halfLifeMs);
        }

        double intensity = Sum(events, Math.Max(nowMs, asOfMs), halfLifeMs);
        double peak = Math.Max(0, after.Max());
        double before = after.Length == 1 ? 0 : Math.Max(0, after[..^1].Max());
        if (intensity <= 0 || intensity / peak < rule.ExpiredBelow)
        {
            return InterestPhase.Expired;
        }

        bool isHigh = intensity / peak >= rule.PeakFrom;
        return !isHigh ? InterestPhase.Fading : intensity > before ? InterestPhase.Rising : InterestPhase.Peak;
    }

    private static double Sum((double Weight, long TimeMs)[] events, long atMs, double halfLifeMs) =>
        events.Sum(act => act.Weight * Math.Exp(-Math.Log(2) * (atMs - act.TimeMs) / halfLifeMs));
}
