using System.Text.Json;
using System.Text.Json.Nodes;
using Ebb.Engine.Interest;

namespace Ebb.Engine.Policy;

/// <summary>
/// A memory schema as people write it: what <see cref="MemorySchemaDocument"/> reads back to an equal one. Every key is
/// there, so that the text says all that is in force. The vector space is the engine's own and is not told.
/// </summary>
public static class MemorySchemaText
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Write(MemorySchema schema)
    {
        var body = new JsonObject
        {
            ["number"] = schema.Number,
            ["half_lives"] = Array(schema.HalfLives.Select(each => (JsonNode)DurationText.Format(each))),
            ["event_types"] = Array(schema.EventTypes.OrderBy(rule => rule.Type).Select(TypeOf)),
            ["popularity_half_life"] = DurationText.Format(schema.PopularityHalfLife),
            ["recent_events"] = schema.RecentEventCount,
            ["future_tolerance"] = DurationText.Format(schema.FutureTolerance),
            ["parking_window"] = DurationText.Format(schema.ParkingWindow),
            ["parked_max"] = schema.ParkedCountMax,
        };
        if (schema.DimensionRates.Count > 0)
        {
            body["dimension_rates"] = Array(schema.DimensionRates.Select(rate => (JsonNode)rate));
        }

        if (schema.ExpireAfter is { } after)
        {
            body["expire_after"] = DurationText.Format(after);
        }

        if (schema.BurstCap is { } cap)
        {
            body["burst_cap"] = new JsonObject
            {
                ["weight"] = (decimal)cap.Weight,
                ["window"] = DurationText.Format(cap.Window),
                ["per"] = cap.Per == BurstScope.ItemAndType ? "item_and_type" : cap.Per.ToString().ToLowerInvariant(),
            };
        }

        if (schema.CategorySplits.Count > 0)
        {
            body["category_splits"] = Array(schema.CategorySplits.Select(split => SplitOf(split, schema.HalfLives)));
        }

        AddCounters(body, schema);
        return body.ToJsonString(Indented);
    }

    private static JsonObject TypeOf(EventTypeRule rule) => new()
    {
        ["type"] = rule.Type,
        ["name"] = rule.Name,

        // Through decimal: a float's own digits, not those of its nearest double.
        ["weight"] = (decimal)rule.Weight,
        ["scale"] = rule.Scale.ToString().ToLowerInvariant(),
    };

    private static JsonObject SplitOf(CategorySplit split, IReadOnlyList<TimeSpan> halfLives)
    {
        var shares = new JsonObject();
        for (int index = 0; index < halfLives.Count; index++)
        {
            shares[DurationText.Format(halfLives[index])] = split.Shares[index];
        }

        return new JsonObject { ["category"] = split.Category, ["split"] = shares };
    }

    private static void AddCounters(JsonObject body, MemorySchema schema)
    {
        if (schema.Flows is { } flows)
        {
            body["flows"] = new JsonObject
            {
                ["half_life"] = DurationText.Format(flows.HalfLife),
                ["gap_max"] = DurationText.Format(flows.GapMax),
            };
        }

        if (schema.Trends is { } trends)
        {
            body["trends"] = new JsonObject
            {
                ["fast"] = DurationText.Format(trends.Fast),
                ["slow"] = DurationText.Format(trends.Slow),
            };
        }
    }

    private static JsonArray Array(IEnumerable<JsonNode> nodes) => [.. nodes];
}
