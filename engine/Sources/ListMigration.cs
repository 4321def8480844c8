using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Ranking;

namespace Ebb.Engine.Sources;

/// <summary>
/// What the likely next category adds to the scores of one list: boost·P(c)/max P, by category code. Reused; belongs to
/// the list's job.
/// </summary>
internal sealed class ListMigration
{
    private readonly NextCategory _next = new();
    private double[] _amounts = [];
    private int[] _codes = [];

    public bool IsOn { get; private set; }

    /// <summary>By category code, up to the highest that anything is known of.</summary>
    public ReadOnlySpan<double> Amounts => _amounts.AsSpan(0, IsOn ? _next.CodeCount : 0);

    /// <summary>
    /// In the lease of the list; adds nothing while the schema counts no flows and no model has a head.
    /// </summary>
    public void Read(ListJob job, PopulationFlows flows, CatalogueLease catalogue)
    {
        MigrationPolicy policy = job.Policy.Policy.Migration;
        bool hasHead = policy.Head > 0 && job.Encoding is { IsThere: true, Head: not null };
        IsOn = policy.HasEffect && (flows.Rule is not null || hasHead);
        if (!IsOn)
        {
            return;
        }

        _codes = catalogue.CategoryCodes;
        FlowTable table = flows.Rule is null ? FlowTable.Empty : flows.Table;
        _next.Read(job.Recent.AsSpan(0, job.RecentCount), table, policy, catalogue);
        if (hasHead)
        {
            _next.Mix(job.Encoding!, policy.Head, catalogue);
        }

        double highest = 0;
        foreach (double chance in _next.Chances)
        {
            highest = Math.Max(highest, chance);
        }

        if (_amounts.Length < _next.CodeCount)
        {
            _amounts = new double[_next.CodeCount * 2];
        }

        for (int code = 0; code < _next.CodeCount; code++)
        {
            _amounts[code] = highest > 0 ? policy.Boost * _next.Chances[code] / highest : 0;
        }
    }

    /// <summary>What is added to the row's score.</summary>
    public double Of(int row)
    {
        int code = row < _codes.Length ? _codes[row] : 0;
        return IsOn && code < _next.CodeCount ? _amounts[code] : 0;
    }
}
