using System.Text.Json;
using Ebb.Engine.Interest;

namespace Ebb.Engine.Policy;

/// <summary>
/// A memory schema as people write it: half-lives in words ("90 s", "30 d", "never"), missing keys with their defaults,
/// unknown ones refused. The engine's own form of it is <see cref="MemorySchemaJson"/>.
/// </summary>
public static class MemorySchemaDocument
{
    private static readonly Dictionary<string, ImpulseScale> Scales = new()
    {
        ["none"] = ImpulseScale.None,
        ["linear"] = ImpulseScale.Linear,
        ["logarithmic"] = ImpulseScale.Logarithmic,
    };

    /// <exception cref="DocumentException">Names the JSON path and the remedy.</exception>
    public static MemorySchema Read(string json)
    {
        using JsonDocument document = PolicyDocument.Parse(json);
        DocumentObject body = new(document.RootElement, "$");
        MemorySchema plain = new();
        TimeSpan[] halfLives =
        [
            .. body.Array("half_lives").Select(at => DocumentObject.ReadTime(at.Element, at.Path, mayBeNever: true)),
        ];
        EventTypeRule[] types = [.. body.Array("event_types").Select(at => ReadType(at.Element, at.Path))];
        MemorySchema schema = plain with
        {
            Number = (uint)body.Whole("number", 1, 1, int.MaxValue),
            HalfLives = halfLives.Length == 0 ? plain.HalfLives : halfLives,
            DimensionRates = body.Numbers("dimension_rates"),
            EventTypes = types.Length == 0 ? plain.EventTypes : types,
            PopularityHalfLife = body.Time("popularity_half_life", plain.PopularityHalfLife, mayBeNever: true),
            RecentEventCount = body.Whole(
                "recent_events", plain.RecentEventCount, 1, MemorySchema.RecentEventCountMax),
            FutureTolerance = body.Time("future_tolerance", plain.FutureTolerance),
            ParkingWindow = body.Time("parking_window", plain.ParkingWindow),
            ParkedCountMax = body.Whole("parked_max", plain.ParkedCountMax, 0, 1 << 20),
        };
        body.End();
        return schema;
    }

    private static EventTypeRule ReadType(JsonElement element, string path)
    {
        DocumentObject body = new(element, path);
        EventTypeRule rule = new(
            (byte)body.Whole("type", 0, 0, EventTypes.CountMax - 1),
            body.String("name", ""),
            (float)body.Number("weight", 1, -ImpulseRule.WeightMax, ImpulseRule.WeightMax),
            body.Word("scale", ImpulseScale.None, Scales));
        if (!body.Has("type"))
        {
            throw new DocumentException(body.At("type"), $"is missing: a number from 0 to {EventTypes.CountMax - 1}");
        }

        body.End();
        return rule;
    }
}
