using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Interest.Trends;

namespace Ebb.Engine.Diagnostics;

/// <summary>What people ask of the population as a whole. Any thread.</summary>
internal static class PopulationReports
{
    public static TrendReport Trends(EngineCore core, TrendQuestion question)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(question.CountMax, nameof(question));
        if (core.Schema.Schema.Trends is not { } rule)
        {
            return new TrendReport { IsCounted = false };
        }

        if (core.Reports is { } reports)
        {
            return reports.Trends(rule, question);
        }

        PartitionState[] states = [.. core.Partitions.Select(partition => partition.Batch.Parts.State)];
        long nowMs = question.NowMs ?? core.Options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        using CatalogueLease catalogue = core.Catalogue.Read();
        return TrendReporter.Make(states, rule, question with { NowMs = nowMs }, catalogue);
    }

    public static FlowReport Flows(EngineCore core, int countMax, long? nowMs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(countMax);
        if (core.Flows.Rule is null)
        {
            return new FlowReport { IsCounted = false };
        }

        if (core.Reports is { } reports)
        {
            return reports.Flows(countMax);
        }

        long atMs = nowMs ?? core.Options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        FlowTable table = core.Flows.Sum(atMs);
        using CatalogueLease catalogue = core.Catalogue.Read();
        return FlowReporter.Make(table, catalogue, countMax, atMs) with { DroppedCount = core.Flows.DroppedCount };
    }
}
