using System.Text;
using System.Text.Json;

namespace Ebb.Engine.Interest;

/// <summary>
/// The schema as canonical JSON: what the manifest and the first entry of every partition hold. Equal schemas have
/// equal text.
/// </summary>
public static class MemorySchemaJson
{
    private const string Never = "never";

    public static string Write(MemorySchema schema)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteNumber("number", schema.Number);
            writer.WriteStartArray("half_lives_ms");
            foreach (TimeSpan halfLife in schema.HalfLives)
            {
                WriteDuration(writer, halfLife);
            }

            writer.WriteEndArray();
            writer.WriteStartArray("dimension_rates");
            foreach (double rate in schema.DimensionRates)
            {
                writer.WriteNumberValue(rate);
            }

            writer.WriteEndArray();
            WriteEventTypes(writer, schema);
            writer.WritePropertyName("popularity_half_life_ms");
            WriteDuration(writer, schema.PopularityHalfLife);
            writer.WriteNumber("recent_events", schema.RecentEventCount);
            writer.WriteNumber("future_tolerance_ms", schema.FutureTolerance.TotalMilliseconds);
            writer.WriteNumber("parking_window_ms", schema.ParkingWindow.TotalMilliseconds);
            writer.WriteNumber("parked_max", schema.ParkedCountMax);
            if (schema.Space != 1)
            {
                writer.WriteNumber("space", schema.Space);
            }

            if (schema.ExpireAfter is { } after)
            {
                writer.WriteNumber("expire_after_ms", after.TotalMilliseconds);
            }

            WriteBurstCap(writer, schema.BurstCap);
            WriteSplits(writer, schema.CategorySplits);
            CounterRulesJson.Write(writer, schema);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <exception cref="JsonException">Not a schema of this format.</exception>
    public static MemorySchema Read(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        return new MemorySchema
        {
            Number = root.GetProperty("number").GetUInt32(),
            HalfLives = [.. root.GetProperty("half_lives_ms").EnumerateArray().Select(ReadDuration)],
            DimensionRates = [.. root.GetProperty("dimension_rates").EnumerateArray().Select(rate => rate.GetDouble())],
            EventTypes = [.. root.GetProperty("event_types").EnumerateArray().Select(ReadEventType)],
            PopularityHalfLife = ReadDuration(root.GetProperty("popularity_half_life_ms")),
            RecentEventCount = root.GetProperty("recent_events").GetInt32(),
            FutureTolerance = TimeSpan.FromMilliseconds(root.GetProperty("future_tolerance_ms").GetDouble()),
            ParkingWindow = TimeSpan.FromMilliseconds(root.GetProperty("parking_window_ms").GetDouble()),
            ParkedCountMax = root.GetProperty("parked_max").GetInt32(),
            Space = root.TryGetProperty("space", out JsonElement space) ? space.GetUInt32() : 1,
            ExpireAfter = root.TryGetProperty("expire_after_ms", out JsonElement after) ? ReadDuration(after) : null,
            BurstCap = root.TryGetProperty("burst_cap", out JsonElement cap) ? ReadBurstCap(cap) : null,
            CategorySplits = root.TryGetProperty("category_splits", out JsonElement splits)
                ? [.. splits.EnumerateArray().Select(ReadSplit)]
                : [],
            Flows = CounterRulesJson.ReadFlows(root),
            Trends = CounterRulesJson.ReadTrends(root),
        };
    }

    private static void WriteEventTypes(Utf8JsonWriter writer, MemorySchema schema)
    {
        writer.WriteStartArray("event_types");
        foreach (EventTypeRule rule in schema.EventTypes.OrderBy(rule => rule.Type))
        {
            writer.WriteStartObject();
            writer.WriteNumber("type", rule.Type);
            writer.WriteString("name", rule.Name);
            writer.WriteNumber("weight", rule.Weight);
            writer.WriteNumber("scale", (int)rule.Scale);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    // Left out where there is none: the text of a schema without them is what it always was.
    private static void WriteBurstCap(Utf8JsonWriter writer, BurstCap? cap)
    {
        if (cap is not null)
        {
            writer.WriteStartObject("burst_cap");
            writer.WriteNumber("weight", cap.Weight);
            writer.WriteNumber("window_ms", cap.Window.TotalMilliseconds);
            writer.WriteNumber("per", (int)cap.Per);
            writer.WriteEndObject();
        }
    }

    private static BurstCap ReadBurstCap(JsonElement element) => new(
        element.GetProperty("weight").GetSingle(),
        TimeSpan.FromMilliseconds(element.GetProperty("window_ms").GetDouble()),
        (BurstScope)element.GetProperty("per").GetByte());

    private static void WriteSplits(Utf8JsonWriter writer, IReadOnlyList<CategorySplit> splits)
    {
        if (splits.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("category_splits");
        foreach (CategorySplit split in splits)
        {
            writer.WriteStartObject();
            writer.WriteString("category", split.Category);
            writer.WriteStartArray("shares");
            foreach (double share in split.Shares)
            {
                writer.WriteNumberValue(share);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static CategorySplit ReadSplit(JsonElement element) => new(
        element.GetProperty("category").GetString() ?? "",
        [.. element.GetProperty("shares").EnumerateArray().Select(share => share.GetDouble())]);

    private static EventTypeRule ReadEventType(JsonElement element) => new(
        element.GetProperty("type").GetByte(),
        element.GetProperty("name").GetString() ?? "",
        element.GetProperty("weight").GetSingle(),
        (ImpulseScale)element.GetProperty("scale").GetByte());

    internal static void WriteDuration(Utf8JsonWriter writer, TimeSpan duration)
    {
        if (duration == MemorySchema.Never)
        {
            writer.WriteStringValue(Never);
        }
        else
        {
            writer.WriteNumberValue(duration.TotalMilliseconds);
        }
    }

    internal static TimeSpan ReadDuration(JsonElement element) =>
        element.ValueKind == JsonValueKind.String && element.GetString() == Never
            ? MemorySchema.Never
            : TimeSpan.FromMilliseconds(element.GetDouble());
}
