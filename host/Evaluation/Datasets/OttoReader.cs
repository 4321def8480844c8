using System.Text.Json;
using Ebb.Engine;

namespace Ebb.Evaluation.Datasets;

/// <summary>
/// OTTO: <c>{"session":…,"events":[{"aid":…,"ts":milliseconds,"type":"clicks|carts|orders"},…]}</c> a line. A line
/// that is no such object is one bad row; a bad event costs only itself.
/// </summary>
internal static class OttoReader
{
    public static void Read(string path, BehaviourLogBuilder builder)
    {
        foreach ((long number, string text) in DataFile.ReadLines(path))
        {
            try
            {
                using JsonDocument line = JsonDocument.Parse(text);
                ReadSession(line.RootElement, path, number, builder);
            }
            catch (JsonException error)
            {
                builder.AddBad(path, number, $"is no JSON (byte {error.BytePositionInLine + 1})");
            }
        }
    }

    private static void ReadSession(JsonElement line, string path, long number, BehaviourLogBuilder builder)
    {
        if (line.ValueKind != JsonValueKind.Object
            || !line.TryGetProperty("session", out JsonElement session)
            || !line.TryGetProperty("events", out JsonElement events)
            || events.ValueKind != JsonValueKind.Array)
        {
            builder.AddBad(path, number, "has no session with events");
            return;
        }

        string user = session.ToString();
        int place = 0;
        foreach (JsonElement entry in events.EnumerateArray())
        {
            place++;
            if (!TryReadEvent(entry, out string item, out byte type, out long timeMs))
            {
                builder.AddBad(path, number, $"event {place} has no aid, ts (ms) and type (clicks, carts, orders)");
                continue;
            }

            builder.Add(user, item, type, timeMs);
        }
    }

    private static bool TryReadEvent(JsonElement entry, out string item, out byte type, out long timeMs)
    {
        item = "";
        type = 0;
        timeMs = 0;
        if (entry.ValueKind != JsonValueKind.Object
            || !entry.TryGetProperty("aid", out JsonElement aid)
            || !entry.TryGetProperty("ts", out JsonElement ts)
            || !entry.TryGetProperty("type", out JsonElement kind)
            || ts.ValueKind != JsonValueKind.Number
            || !ts.TryGetInt64(out timeMs))
        {
            return false;
        }

        item = aid.ToString();
        byte? known = kind.ToString() switch
        {
            "clicks" => EventTypes.Click,
            "carts" => EventTypes.Cart,
            "orders" => EventTypes.Purchase,
            _ => null,
        };
        type = known ?? 0;
        return known is not null;
    }
}
