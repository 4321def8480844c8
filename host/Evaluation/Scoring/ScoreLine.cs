using System.Text.Json;
using Ebb.Evaluation.Datasets;

namespace Ebb.Evaluation.Scoring;

/// <summary>
/// One input line, read: the user as its JSON text (given back as it came), the events whose items have a vector, and
/// the moment to answer for. Seconds may have fractions; they are rounded to milliseconds.
/// </summary>
internal sealed record ScoreLine(string UserJson, ScoreEvent[] Events, int SkippedCount, long? NowMs)
{
    public long LastEventMs => Events.Max(entry => entry.TimeMs);

    /// <summary>Null with the problem in words when the line is not what it should be.</summary>
    public static ScoreLine? Parse(string text, IReadOnlyDictionary<string, int> itemIndexOf, out string problem)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return Read(document.RootElement, itemIndexOf, out problem);
        }
        catch (JsonException error)
        {
            problem = $"is no JSON (byte {error.BytePositionInLine + 1})";
            return null;
        }
    }

    private static ScoreLine? Read(JsonElement line, IReadOnlyDictionary<string, int> itemIndexOf, out string problem)
    {
        problem = "must be an object with \"user\" and \"events\"";
        if (line.ValueKind != JsonValueKind.Object
            || !line.TryGetProperty("user", out JsonElement user)
            || !line.TryGetProperty("events", out JsonElement events)
            || events.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        var known = new List<ScoreEvent>(events.GetArrayLength());
        int place = 0;
        foreach (JsonElement entry in events.EnumerateArray())
        {
            place++;
            if (!TryReadEvent(entry, out string item, out long timeMs))
            {
                problem = $"event {place} must be [\"item\", seconds since 1970]";
                return null;
            }

            if (itemIndexOf.TryGetValue(item, out int index))
            {
                known.Add(new ScoreEvent(index, timeMs));
            }
        }

        if (!TryReadNow(line, out long? nowMs))
        {
            problem = "\"now\" must be seconds since 1970";
            return null;
        }

        return new ScoreLine(user.GetRawText(), [.. known], place - known.Count, nowMs);
    }

    private static bool TryReadEvent(JsonElement entry, out string item, out long timeMs)
    {
        item = "";
        timeMs = 0;
        if (entry.ValueKind != JsonValueKind.Array || entry.GetArrayLength() != 2)
        {
            return false;
        }

        item = entry[0].ToString();
        return entry[0].ValueKind is JsonValueKind.String or JsonValueKind.Number && TryReadTime(entry[1], out timeMs);
    }

    private static bool TryReadNow(JsonElement line, out long? nowMs)
    {
        nowMs = null;
        if (!line.TryGetProperty("now", out JsonElement now) || now.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        bool read = TryReadTime(now, out long timeMs);
        nowMs = timeMs;
        return read;
    }

    private static bool TryReadTime(JsonElement seconds, out long timeMs)
    {
        timeMs = 0;
        return seconds.ValueKind == JsonValueKind.Number
            && TimeText.TryRound(seconds.GetDouble() * 1000, out timeMs)
            && timeMs >= 0;
    }
}

/// <summary>An event of a known item: its line in the ids file and its time.</summary>
internal readonly record struct ScoreEvent(int Item, long TimeMs);
