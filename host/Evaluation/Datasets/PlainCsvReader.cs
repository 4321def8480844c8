using System.Globalization;
using Ebb.Engine;
using Ebb.Engine.Interest;

namespace Ebb.Evaluation.Datasets;

/// <summary>
/// <c>user,item,type,time[,value]</c>, with or without that header. Type is a name of the default schema (view, click,
/// favourite, cart, purchase, rate, return, dislike) or its number; time as <see cref="TimeText"/> says.
/// </summary>
internal static class PlainCsvReader
{
    private const int FieldCountMin = 4;

    public static void Read(string path, BehaviourLogBuilder builder)
    {
        using var rows = new CsvRows(path);
        for (bool first = true; rows.TryRead(); first = false)
        {
            if (first && IsHeader(rows))
            {
                continue;
            }

            string? problem = TryAdd(rows, builder);
            if (problem is not null)
            {
                builder.AddBad(path, rows.LineNumber, problem);
            }
        }
    }

    private static bool IsHeader(CsvRows rows) =>
        rows.FieldCount >= FieldCountMin && rows[0].Trim().Equals("user", StringComparison.OrdinalIgnoreCase);

    /// <summary>Null for any text that names no event type.</summary>
    public static byte? ParseType(string text)
    {
        foreach (EventTypeRule rule in MemorySchema.DefaultEventTypes)
        {
            if (rule.Name.Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                return rule.Type;
            }
        }

        bool read = byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out byte type);
        return read && type < EventTypes.CountMax ? type : null;
    }

    /// <summary>What is wrong with the row, or null.</summary>
    private static string? TryAdd(CsvRows rows, BehaviourLogBuilder builder)
    {
        if (rows.FieldCount < FieldCountMin)
        {
            return $"has {rows.FieldCount} fields, {FieldCountMin} are needed (user,item,type,time[,value])";
        }

        string user = rows[0].Trim();
        string item = rows[1].Trim();
        if (user.Length == 0 || item.Length == 0)
        {
            return "has no user or no item";
        }

        if (ParseType(rows[2].Trim()) is not byte type)
        {
            return $"type '{rows[2]}' is not known";
        }

        if (!TimeText.TryParse(rows[3].Trim(), out long timeMs))
        {
            return $"time '{rows[3]}' is neither seconds, milliseconds nor ISO 8601";
        }

        float value = float.NaN;
        string valueText = rows.FieldCount > FieldCountMin ? rows[FieldCountMin].Trim() : "";
        if (valueText.Length > 0
            && !(float.TryParse(valueText, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
                && float.IsFinite(value)))
        {
            return $"value '{valueText}' is no number";
        }

        builder.Add(user, item, type, timeMs, value);
        return null;
    }
}
