using System.Text.Json;
using Ebb.Engine.Interest.Flows;

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
    }

    public static FlowRule? ReadFlows(JsonElement root) => root.TryGetProperty("flows", out JsonElement flows)
        ? new FlowRule
        {
            HalfLife = MemorySchemaJson.ReadDuration(flows.GetProperty("half_life_ms")),
            GapMax = MemorySchemaJson.ReadDuration(flows.GetProperty("gap_max_ms")),
        }
        : null;
}
