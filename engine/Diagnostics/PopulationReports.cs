using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest.Flows;

namespace Ebb.Engine.Diagnostics;

/// <summary>What people ask of the population as a whole. Any thread.</summary>
internal static class PopulationReports
{
    public static FlowReport Flows(EngineCore core, int countMax, long? nowMs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(countMax);
        if (core.Flows.Rule is null)
        {
            return new FlowReport { IsCounted = false };
        }

        long atMs = nowMs ?? core.Options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        FlowTable table = core.Flows.Sum(atMs);
        using CatalogueLease catalogue = core.Catalogue.Read();
        return FlowReporter.Make(table, catalogue, countMax, atMs) with { DroppedCount = core.Flows.DroppedCount };
    }
}
