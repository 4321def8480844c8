using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Sources;

namespace Ebb.Engine.Tests.Sources;

/// <summary>
/// The blend written out again, over every item, in double and without tables, rings or moments: sources from the plain
/// list of all events, means and spreads by walking the catalogue.
/// </summary>
internal sealed class BlendReference(ItemPut[] items, BehaviourEvent[] events, SourcePolicy policy, double halfLifeMs)
{
    private const int RecentCount = 32;
    private const int LinkCount = 32;
    private const double Shrinkage = 2;

    private readonly Dictionary<OpaqueId, int> _rowOf =
        items.Select((item, row) => (item.Id, row)).ToDictionary(pair => pair.Id, pair => pair.row);

    /// <summary>The parts of every item's score, in the order of <see cref="SourceKind"/>.</summary>
    public double[][] Parts(OpaqueId user)
    {
        (int Row, long TimeMs)[] own = OwnEvents(user);
        double[][] parts =
        [
            Dots(own), Transitions(own), Neighbours(own), Popularity(), Repeats(own),
        ];
        for (int source = 0; source < parts.Length; source++)
        {
            Standardise(parts[source], policy.Weight((SourceKind)source));
        }

        return parts;
    }

    public (OpaqueId Item, double Score)[] Ranking(OpaqueId user)
    {
        double[][] parts = Parts(user);
        return
        [
            .. items.Select((item, row) => (item.Id, Score: parts.Sum(part => part[row]), Row: row))
                .OrderByDescending(item => item.Score).ThenBy(item => item.Row).Select(item => (item.Id, item.Score)),
        ];
    }

    private static void Standardise(double[] values, double weight)
    {
        double mean = values.Average();
        double spread = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        for (int row = 0; row < values.Length; row++)
        {
            values[row] = spread > 1e-12 ? weight * (values[row] - mean) / spread : 0;
        }
    }

    private (int Row, long TimeMs)[] OwnEvents(OpaqueId user) =>
        [.. events.Where(act => act.User == user).Select(act => (_rowOf[act.Item], act.TimeMs))];

    private double[] Dots((int Row, long TimeMs)[] own)
    {
        double[] dots = new double[items.Length];
        foreach ((int eventRow, long timeMs) in own)
        {
            double fade = Math.Pow(2, -(own[^1].TimeMs - timeMs) / halfLifeMs);
            for (int row = 0; row < items.Length; row++)
            {
                for (int d = 0; d < items[row].Vector.Length; d++)
                {
                    dots[row] += fade * items[row].Vector.Span[d] * items[eventRow].Vector.Span[d];
                }
            }
        }

        return dots;
    }

    private double[] Transitions((int Row, long TimeMs)[] own)
    {
        double[] next = new double[items.Length];
        foreach ((int Row, long TimeMs)[] user in Users())
        {
            for (int index = 1; index < user.Length; index++)
            {
                bool near = user[index].TimeMs - user[index - 1].TimeMs <= policy.TransitionGapMax.TotalMilliseconds;
                next[user[index].Row] += near && user[index - 1].Row == own[^1].Row
                    ? Grown(user[index].TimeMs, policy.TransitionHalfLife)
                    : 0;
            }
        }

        return next;
    }

    private double[] Neighbours((int Row, long TimeMs)[] own)
    {
        double[,] together = new double[items.Length, items.Length];
        double[] counts = new double[items.Length];
        foreach ((int Row, long TimeMs)[] user in Users())
        {
            for (int index = 0; index < user.Length; index++)
            {
                double weight = Grown(user[index].TimeMs, policy.NeighbourHalfLife);
                counts[user[index].Row] += weight;
                int from = Math.Max(0, index - policy.NeighbourWindow);
                foreach (int other in user[from..index].Select(act => act.Row).Distinct())
                {
                    together[user[index].Row, other] += other == user[index].Row ? 0 : weight;
                    together[other, user[index].Row] += other == user[index].Row ? 0 : weight;
                }
            }
        }

        double[] values = new double[items.Length];
        foreach ((int seed, long timeMs) in own.TakeLast(RecentCount))
        {
            // A row keeps its strongest links.
            var links = Enumerable.Range(0, items.Length).Where(row => together[seed, row] > 0)
                .Select(row => (
                    Row: row, Value: together[seed, row] / (Math.Sqrt(counts[seed] * counts[row]) + Shrinkage)))
                .OrderByDescending(link => (float)link.Value).ThenBy(link => link.Row).Take(LinkCount);
            foreach ((int row, double value) in links)
            {
                values[row] += Fade(own, timeMs, policy.SeedHalfLife) * value;
            }
        }

        return values;
    }

    private double[] Popularity()
    {
        double[] counts = new double[items.Length];
        double newest = Grown(events.Max(act => act.TimeMs), policy.PopularityHalfLife);
        foreach (BehaviourEvent act in events)
        {
            counts[_rowOf[act.Item]] += Grown(act.TimeMs, policy.PopularityHalfLife) / newest;
        }

        return [.. counts.Select(count => Math.Log2(1 + count))];
    }

    private double[] Repeats((int Row, long TimeMs)[] own)
    {
        double[] values = new double[items.Length];
        foreach ((int row, long timeMs) in own.TakeLast(RecentCount))
        {
            values[row] += Fade(own, timeMs, policy.RepeatHalfLife);
        }

        return values;
    }

    private IEnumerable<(int Row, long TimeMs)[]> Users() =>
        events.GroupBy(act => act.User).Select(user => user.Select(act => (_rowOf[act.Item], act.TimeMs)).ToArray());

    private double Grown(long timeMs, TimeSpan halfLife) =>
        Math.Pow(2, (timeMs - events[0].TimeMs) / MemorySchema.HalfLifeMs(halfLife));

    private static double Fade((int Row, long TimeMs)[] own, long timeMs, TimeSpan halfLife) =>
        Math.Pow(2, -(own[^1].TimeMs - timeMs) / MemorySchema.HalfLifeMs(halfLife));
}
