using Ebb.Engine.Catalogue;
using Ebb.Engine.Encoders;
using Ebb.Engine.Store;

namespace Ebb.Engine.Interest.Flows;

/// <summary>
/// P(next category) of one user, level by level, each the prior of the one above it (hierarchical Dirichlet smoothing):
/// <code>
/// π(c) = n(c)/n                                    what everybody does
/// T(c) = (n(a→c) + κ·π(c))/(n(a) + κ)              what followed the last category a
/// O(c) = (o(c) + γ·T(c))/(o + γ)                   the user's own last events, 2^(−k/h) the k-th from the end
/// P(c) = (b(c) + β·O(c))/(b + β)                   what the user did after a before
/// </code>
/// Without a last category P is π; a population that nothing is known of is left out. Reused; one thread at a time.
/// </summary>
internal sealed class NextCategory
{
    private double[] _chances = [0];
    private double[] _own = [0];
    private double[] _habits = [0];

    /// <summary>P by category code; code 0 is none and has 0. All 0 when nothing at all is known.</summary>
    public ReadOnlySpan<double> Chances => _chances.AsSpan(0, CodeCount);

    public int CodeCount { get; private set; } = 1;

    /// <param name="recent">The user's last events, newest first.</param>
    /// <param name="table">What the population did.</param>
    /// <param name="policy">κ, γ, β, h.</param>
    /// <param name="catalogue">An event is of the category that its item has now.</param>
    public void Read(
        ReadOnlySpan<RecentEvent> recent, FlowTable table, MigrationPolicy policy, CatalogueLease catalogue)
    {
        Begin(recent, table, catalogue);
        uint last = Count(recent, policy.OwnHalfLifeEvents, catalogue, out double own, out double habits);
        FlowRow? row = last == 0 ? null : table.RowOf(last);
        double populationWeight = table.Total > 0 ? policy.PopulationEvents : 0;
        if (table.Total > 0)
        {
            double rest = row is null ? 1 : policy.PriorEvents / (row.Total + policy.PriorEvents);
            for (int code = 0; code < table.Prior.Length; code++)
            {
                _chances[code] = rest * table.Prior[code] / table.Total;
            }

            foreach (FlowEdge edge in row?.Edges ?? [])
            {
                _chances[edge.To] += edge.Model / (row!.Total + policy.PriorEvents);
            }
        }

        if (last == 0)
        {
            return;
        }

        for (int code = 0; code < CodeCount; code++)
        {
            double smoothed = (_own[code] + (populationWeight * _chances[code])) / (own + populationWeight);
            _chances[code] = (_habits[code] + (policy.HabitEvents * smoothed)) / (habits + policy.HabitEvents);
        }
    }

    /// <summary>
    /// After Read: a share of what the model's head says is mixed in, (1 − share)·P + share·H. H is over the categories
    /// that the catalogue has; where the counts know nothing it is all there is.
    /// </summary>
    public void Mix(JobEncoding encoding, double share, CatalogueLease catalogue)
    {
        uint[] codes = encoding.Head!.CodesIn(catalogue);
        ReadOnlySpan<float> chances = encoding.Chances;
        double told = 0;
        uint codeMax = 0;
        for (int column = 0; column < codes.Length; column++)
        {
            told += codes[column] == 0 ? 0 : chances[column];
            codeMax = Math.Max(codeMax, codes[column]);
        }

        if (!(told > 0))
        {
            return;
        }

        Extend((int)codeMax + 1);
        double counted = 0;
        foreach (double chance in Chances)
        {
            counted += chance;
        }

        double head = counted > 0 ? share : 1;
        for (int code = 0; code < CodeCount; code++)
        {
            _chances[code] *= 1 - head;
        }

        for (int column = 0; column < codes.Length; column++)
        {
            if (codes[column] != 0)
            {
                _chances[codes[column]] += head * chances[column] / told;
            }
        }
    }

    private void Extend(int codeCount)
    {
        if (_chances.Length < codeCount)
        {
            Array.Resize(ref _chances, codeCount * 2);
            Array.Resize(ref _own, codeCount * 2);
            Array.Resize(ref _habits, codeCount * 2);
        }

        if (CodeCount < codeCount)
        {
            _chances.AsSpan(CodeCount, codeCount - CodeCount).Clear();
            CodeCount = codeCount;
        }
    }

    private void Begin(ReadOnlySpan<RecentEvent> recent, FlowTable table, CatalogueLease catalogue)
    {
        uint codeMax = table.CodeMax;
        foreach (ref readonly RecentEvent each in recent)
        {
            codeMax = Math.Max(codeMax, catalogue.CategoryCode((int)each.ItemIndex));
        }

        CodeCount = (int)codeMax + 1;
        if (_chances.Length < CodeCount)
        {
            _chances = new double[CodeCount * 2];
            _own = new double[CodeCount * 2];
            _habits = new double[CodeCount * 2];
        }

        _chances.AsSpan(0, CodeCount).Clear();
        _own.AsSpan(0, CodeCount).Clear();
        _habits.AsSpan(0, CodeCount).Clear();
    }

    /// <summary>The user's own events and what followed the last category among them; returns that.</summary>
    private uint Count(
        ReadOnlySpan<RecentEvent> recent, double halfLifeEvents, CatalogueLease catalogue, out double own,
        out double habits)
    {
        uint last = 0;
        uint newer = 0;
        double newerWeight = 0;
        double fade = Math.Pow(2, -1 / halfLifeEvents);
        double weight = 1;
        own = 0;
        habits = 0;
        foreach (ref readonly RecentEvent each in recent)
        {
            uint code = each.Weight > 0 ? catalogue.CategoryCode((int)each.ItemIndex) : 0;
            if (code == 0)
            {
                continue;
            }

            last = last == 0 ? code : last;
            if (newer != 0 && code == last)
            {
                _habits[newer] += newerWeight;
                habits += newerWeight;
            }

            _own[code] += weight;
            own += weight;
            newer = code;
            newerWeight = weight;
            weight *= fade;
        }

        return last;
    }
}
