namespace Ebb.Engine.Interest;

/// <summary>What a memory schema must be, checked once at open.</summary>
internal static class MemorySchemaRules
{
    public static readonly TimeSpan ExpireAfterMin = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan ExpireAfterMax = TimeSpan.FromDays(36_525);

    public static void Check(MemorySchema schema, int dimension)
    {
        try
        {
            schema.ShapeFor(dimension);
        }
        catch (ArgumentException failure)
        {
            throw new EngineStartException(
                "the memory schema cannot be: " + failure.Message.ReplaceLineEndings(" "), failure);
        }

        Require(
            schema.RecentEventCount is >= 1 and <= MemorySchema.RecentEventCountMax,
            $"{schema.RecentEventCount} remembered events are not between 1 and {MemorySchema.RecentEventCountMax}");
        Require(
            schema.EventTypes.All(rule => rule.Type < EventTypes.CountMax && float.IsFinite(rule.Weight)),
            $"an event type is above {EventTypes.CountMax - 1} or its weight is not finite");
        Require(
            schema.EventTypes.Select(rule => rule.Type).Distinct().Count() == schema.EventTypes.Count,
            "an event type is defined twice");
        Require(
            MemorySchema.HalfLifeMs(schema.PopularityHalfLife) > 0, "the popularity half-life is not above zero");
        Require(
            schema.ParkedCountMax >= 0
                && schema.ParkingWindow >= TimeSpan.Zero
                && schema.FutureTolerance >= TimeSpan.Zero,
            "parking and future tolerance cannot be negative");
        Require(
            schema.ExpireAfter is not { } after || (after >= ExpireAfterMin && after <= ExpireAfterMax),
            "idle users cannot expire after less than a minute or more than a century");
        CheckSplits(schema);
    }

    private static void CheckSplits(MemorySchema schema)
    {
        string? problem = schema.Flows?.Problem() ?? schema.Trends?.Problem();
        Require(problem is null, problem ?? "");
        Require(
            schema.BurstCap is null or { Weight: > 0 and <= ImpulseRule.WeightMax, Per: <= BurstScope.ItemAndType },
            "a burst cap's weight is not above zero, or its scope is unknown");
        Require(
            schema.BurstCap is null || schema.BurstCap.Window >= TimeSpan.FromMilliseconds(1),
            "a burst cap's window is below a millisecond");
        Require(
            schema.CategorySplits.Count <= CategorySplit.CountMax,
            $"{schema.CategorySplits.Count} category splits are more than {CategorySplit.CountMax}");
        Require(
            schema.CategorySplits.Select(split => split.Category).Distinct().Count() == schema.CategorySplits.Count,
            "a category is split twice");
        Require(
            schema.CategorySplits.All(split => split.Category.Length > 0
                && split.Shares.Count == schema.HalfLives.Count
                && split.Shares.All(share => share is >= 0 and <= 1) && split.Shares.Any(share => share > 0)),
            "a category split needs a category and one share a half-life, from 0 to 1 and not all 0");
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new EngineStartException("the memory schema cannot be: " + otherwise);
        }
    }
}
