using System.Text.Json;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Interest.Trends;

namespace Ebb.Engine.Interest;

/// <summary>
/// What a schema counts of the population beside demand, in the canonical text: left out where it counts nothing, so
/// that the text of a schema without it is what it always was.
/// </summary>
internal static class CounterRulesJson
{
    public static void Write(Utf8JsonWriter writer, MemorySchema schema)
    {
        if (schema.Flows is { } flows)
        {
            writer.WriteStartObject("flows");
            writer.WritePropertyName("half_life_ms");
            MemorySchemaJson.WriteDuration(writer, flows.HalfLife);
            writer.WritePropertyName("gap_max_ms");
            MemorySchemaJson.WriteDuration(writer, flows.GapMax);
            writer.WriteEndObject();
        }

        if (schema.Trends is { } trends)
        {
            writer.WriteStartObject("trends");
            writer.WritePropertyName("fast_ms");
            MemorySchemaJson.WriteDuration(writer, trends.Fast);
            writer.WritePropertyName("slow_ms");
            MemorySchemaJson.WriteDuration(writer, trends.Slow);
            writer.WriteEndObject();
        }
    }

    public static TrendRule? ReadTrends(JsonElement root) => root.TryGetProperty("trends", out JsonElement trends)
        ? new TrendRule
        {
            Fast = MemorySchemaJson.ReadDuration(trends.GetProperty("fast_ms")),
            Slow = MemorySchemaJson.ReadDuration(trends.GetProperty("slow_ms")),
        }
        : null;

    public static FlowRule? ReadFlows(JsonElement root) => root.TryGetProperty("flows", out JsonElement flows)
        ? new FlowRule
        {
            HalfLife = MemorySchemaJson.ReadDuration(flows.GetProperty("half_life_ms")),
            GapMax = MemorySchemaJson.ReadDuration(flows.GetProperty("gap_max_ms")),
        }
        : null;
}
