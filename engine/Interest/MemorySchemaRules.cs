namespace Ebb.Engine.Interest;

/// <summary>What a memory schema must be, checked once at open.</summary>
internal static class MemorySchemaRules
{
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
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new EngineStartException("the memory schema cannot be: " + otherwise);
        }
    }
}
