using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Lifecycle;
using Ebb.Engine.Store;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Ranking.Why;

/// <summary>
/// A user's interest at a moment before their last event, in double: the remembered events up to it, and what is left
/// of the sums without any remembered event, grown back:
/// S(T) = Σ_{e ≤ T} w_e·2^(−(T−t_e)/h)·p_e + (S − Σ_e w_e·2^(−(t_last−t_e)/h)·p_e)·2^((t_last−T)/h).
/// Scratch is reused; one thread at a time.
/// </summary>
internal sealed class PastInterest(SchemaInForce schema)
{
    // What fp32 sums lose of what went into them; a remainder below that is no event.
    private const double LossMax = 1.0 / (1 << 18);

    private readonly BankShape _bank = schema.Bank;
    private readonly double[] _query = new double[schema.Bank.Dimension];

    /// <summary>Fills a job as of the moment; true when all events after it could be taken out.</summary>
    public bool Fill(ListJob then, UserRecord record, long sinceMs, CatalogueLease lease)
    {
        bool isAllKnown = true;
        bool reachesBack = record.EventCount <= (ulong)record.RecentCount;
        then.RecentCount = 0;
        long newestMs = long.MinValue;
        for (int index = 0; index < record.RecentCount; index++)
        {
            RecentEvent recent = record.GetRecent(index);
            bool isBefore = recent.TimeMs <= sinceMs;
            isAllKnown &= isBefore || IsKnown(recent, lease);
            reachesBack |= isBefore;
            if (isBefore)
            {
                then.Recent[then.RecentCount++] = recent;
                newestMs = Math.Max(newestMs, recent.TimeMs);
            }
        }

        then.LastEventMs = sinceMs;
        then.ElapsedMs = 0;
        then.UserSequence = record.Sequence;
        then.Log2Scale = newestMs == long.MinValue ? 0 : -((sinceMs - newestMs) / LongestHalfLifeMs(then.Policy));
        Sum(then, record, lease);
        then.SetInterest(_query);
        PhaseReader.Read(
            then.Phases, then.Recent.AsSpan(0, then.RecentCount), sinceMs, then.Policy.Policy.Lifecycle, lease);
        return isAllKnown && reachesBack;
    }

    private void Sum(ListJob then, UserRecord record, CatalogueLease lease)
    {
        ReadOnlySpan<float> sums = record.Bank;
        bool holdsOlder = record.EventCount > (ulong)record.RecentCount;
        for (int d = 0; d < _bank.Dimension; d++)
        {
            double rate = _bank.DimensionRates.Length == 0 ? 1 : _bank.DimensionRates[d];
            _query[d] = 0;
            for (int m = 0; m < _bank.HalfLifeCount; m++)
            {
                double halfLifeMs = _bank.HalfLivesMs[m] * rate;
                double left = sums[(m * _bank.Dimension) + d];
                double size = Math.Abs(left);
                double upTo = 0;
                for (int index = 0; index < record.RecentCount; index++)
                {
                    RecentEvent recent = record.GetRecent(index);
                    if (!IsKnown(recent, lease))
                    {
                        holdsOlder = true;
                        continue;
                    }

                    double impulse = recent.Weight * schema.ShareOf(recent, m) * lease.Vector((int)recent.ItemIndex)[d];
                    double own = impulse * Math.Pow(2, -(record.LastEventMs - recent.TimeMs) / halfLifeMs);
                    left -= own;
                    size += Math.Abs(own);
                    upTo += recent.TimeMs <= then.LastEventMs
                        ? impulse * Math.Pow(2, -((then.LastEventMs - recent.TimeMs) / halfLifeMs) - then.Log2Scale)
                        : 0;
                }

                double older = holdsOlder && Math.Abs(left) > LossMax * size
                    ? left * Math.Pow(2, ((record.LastEventMs - then.LastEventMs) / halfLifeMs) - then.Log2Scale)
                    : 0;
                _query[d] += then.Policy.Coefficients[m] * (upTo + (double.IsFinite(older) ? older : 0));
            }
        }
    }

    private static bool IsKnown(in RecentEvent recent, CatalogueLease lease) =>
        lease.Version((int)recent.ItemIndex) == recent.ItemVersion;

    private double LongestHalfLifeMs(PolicyInForce policy)
    {
        double longest = 0;
        for (int m = 0; m < _bank.HalfLifeCount; m++)
        {
            longest = policy.Coefficients[m] == 0 ? longest : Math.Max(longest, _bank.HalfLivesMs[m]);
        }

        double rate = 1;
        foreach (double own in _bank.DimensionRates)
        {
            rate = Math.Max(rate, own);
        }

        return longest == 0 ? double.PositiveInfinity : longest * rate;
    }
}
