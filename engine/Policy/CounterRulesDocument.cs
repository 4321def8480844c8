using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Interest.Trends;

namespace Ebb.Engine.Policy;

/// <summary>
/// What a memory schema counts of the population beside demand, as people write it:
/// <c>"flows": {"half_life": "30 d", "gap_max": "never"}, "trends": {"fast": "7 d", "slow":
/// "28 d"}</c>. Empty objects have the defaults.
/// </summary>
internal static class CounterRulesDocument
{
    public static FlowRule ReadFlows(DocumentObject body)
    {
        FlowRule plain = new();
        FlowRule rule = new()
        {
            HalfLife = body.Time("half_life", plain.HalfLife, mayBeNever: true),
            GapMax = body.Time("gap_max", plain.GapMax, mayBeNever: true),
        };
        body.End();
        return rule;
    }

    public static TrendRule ReadTrends(DocumentObject body)
    {
        TrendRule plain = new();
        TrendRule rule = new() { Fast = body.Time("fast", plain.Fast), Slow = body.Time("slow", plain.Slow) };
        body.End();
        return rule.Problem() is { } problem ? throw new DocumentException(body.Path, problem) : rule;
    }
}
