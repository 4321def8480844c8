using Ebb.Engine;

namespace Ebb.Evaluation.Datasets;

/// <summary>RecSys'15 clicks as SessionId, ItemId, Time with a header, separated by tabs (or commas).</summary>
internal static class YoochooseReader
{
    public static void Read(string path, BehaviourLogBuilder builder)
    {
        char separator = '\t';
        bool headerSeen = false;
        foreach ((long number, string text) in DataFile.ReadLines(path))
        {
            if (!headerSeen)
            {
                separator = text.Contains('\t') ? '\t' : ',';
                CheckHeader(text.Split(separator), path, number);
                headerSeen = true;
                continue;
            }

            string[] fields = text.Split(separator);
            if (fields.Length < 3)
            {
                builder.AddBad(path, number, $"has {fields.Length} fields, 3 are needed (SessionId, ItemId, Time)");
            }
            else if (!TimeText.TryParse(fields[2], out long timeMs))
            {
                builder.AddBad(path, number, $"Time '{fields[2]}' is no time");
            }
            else
            {
                builder.Add(fields[0], fields[1], EventTypes.Click, timeMs);
            }
        }
    }

    private static void CheckHeader(string[] names, string path, long line)
    {
        if (!names.Take(3).Select(name => name.Trim()).SequenceEqual(["SessionId", "ItemId", "Time"]))
        {
            throw DataFileException.At(path, line, "the header must start with SessionId, ItemId, Time.");
        }
    }
}
