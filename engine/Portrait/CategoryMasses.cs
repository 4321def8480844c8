using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Ebb.Engine.Store;

namespace Ebb.Engine.Portrait;

/// <summary>
/// Masses of a user at two moments, in closed form from one record: per category from the remembered events, and of all
/// events from the bank, which is taken back to the earlier moment by taking out what came after it:
/// M_m(T) = (M_m − Σ_{t_e > T} w_e·s_m·2^(−(t_last−t_e)/h_m))·2^((t_last−T)/h_m). Stateless.
/// </summary>
internal static class CategoryMasses
{
    // What fp32 masses lose of what went into them: a remainder below that is no event.
    private const double LossMax = 1.0 / (1 << 18);

    /// <summary>f(age) of one event: Σ_m c_m·s_m·2^(−age/h_m); 0 for an age below 0, which is still to come.</summary>
    public static double CurveAt(SchemaInForce schema, PolicyInForce policy, in RecentEvent recent, double ageMs)
    {
        double curve = 0;
        for (int m = 0; ageMs >= 0 && m < schema.Bank.HalfLifeCount; m++)
        {
            curve += policy.Coefficients[m] * schema.ShareOf(recent, m)
                * Math.Pow(2, -(ageMs / schema.Bank.HalfLivesMs[m]));
        }

        return curve;
    }

    /// <summary>Adds up the remembered events by category code; code 0, no category, is left out.</summary>
    public static Dictionary<uint, (double Now, double Then)> OfCategories(
        SchemaInForce schema, PolicyInForce policy, ReadOnlySpan<RecentEvent> recent, PortraitMoments at,
        CatalogueLease catalogue)
    {
        var masses = new Dictionary<uint, (double Now, double Then)>();
        foreach (ref readonly RecentEvent one in recent)
        {
            uint code = catalogue.CategoryCode((int)one.ItemIndex);
            if (code != 0)
            {
                (double now, double then) = masses.GetValueOrDefault(code);
                now += one.Weight * CurveAt(schema, policy, one, at.NowMs - one.TimeMs);
                then += one.Weight * CurveAt(schema, policy, one, at.SinceMs - one.TimeMs);
                masses[code] = (now, then);
            }
        }

        return masses;
    }

    /// <summary>Of all events; then is NaN where some event after that moment is not remembered any more.</summary>
    public static (double Now, double Then) OfAll(
        SchemaInForce schema, PolicyInForce policy, UserRecord record, PortraitMoments at)
    {
        ReadOnlySpan<float> held = record.Bank[schema.Bank.MassOffset..];
        double now = 0;
        double then = 0;
        for (int m = 0; m < schema.Bank.HalfLifeCount; m++)
        {
            double halfLifeMs = schema.Bank.HalfLivesMs[m];
            now += policy.Coefficients[m] * held[m] * Math.Pow(2, -(at.NowMs - record.LastEventMs) / halfLifeMs);
            then += policy.Coefficients[m] * Back(schema, record, m, at.SinceMs);
        }

        return (now, RemembersAllAfter(record, at.SinceMs) ? then : double.NaN);
    }

    private static double Back(SchemaInForce schema, UserRecord record, int m, long sinceMs)
    {
        double halfLifeMs = schema.Bank.HalfLivesMs[m];
        double left = record.Bank[schema.Bank.MassOffset + m];
        double size = Math.Abs(left);
        double upTo = 0;
        for (int index = 0; index < record.RecentCount; index++)
        {
            RecentEvent recent = record.GetRecent(index);
            double impulse = recent.Weight * schema.ShareOf(recent, m);
            double own = impulse * Math.Pow(2, -(record.LastEventMs - recent.TimeMs) / halfLifeMs);
            left -= own;
            size += Math.Abs(own);
            upTo += recent.TimeMs <= sinceMs ? impulse * Math.Pow(2, -(sinceMs - recent.TimeMs) / halfLifeMs) : 0;
        }

        // What no remembered event explains is older than all of them, and was there then.
        double older = record.EventCount > (ulong)record.RecentCount && Math.Abs(left) > LossMax * size
            ? left * Math.Pow(2, (record.LastEventMs - sinceMs) / halfLifeMs)
            : 0;
        return upTo + (double.IsFinite(older) ? older : 0);
    }

    private static bool RemembersAllAfter(UserRecord record, long sinceMs)
    {
        bool remembers = record.EventCount <= (ulong)record.RecentCount;
        for (int index = 0; index < record.RecentCount; index++)
        {
            remembers |= record.GetRecent(index).TimeMs <= sinceMs;
        }

        return remembers;
    }
}

/// <summary>A portrait's moment, not before the last event, and the earlier one that it is compared with.</summary>
internal readonly record struct PortraitMoments(long NowMs, long SinceMs);
