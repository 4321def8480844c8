using System.Globalization;
using Ebb.Engine;

namespace Ebb.Evaluation.Datasets;

/// <summary>MovieLens 100K u.data: user, item, rating, seconds, separated by tabs, no header.</summary>
internal static class MovieLensReader
{
    public static void Read(string path, BehaviourLogBuilder builder)
    {
        foreach ((long number, string text) in DataFile.ReadLines(path))
        {
            string[] fields = text.Split('\t');
            if (fields.Length < 4)
            {
                builder.AddBad(path, number, $"has {fields.Length} fields, 4 are needed (user, item, rating, seconds)");
            }
            else if (!float.TryParse(fields[2], NumberStyles.Float, CultureInfo.InvariantCulture, out float rating))
            {
                builder.AddBad(path, number, $"rating '{fields[2]}' is no number");
            }
            else if (!TimeText.TryParseSeconds(fields[3], out long timeMs))
            {
                builder.AddBad(path, number, $"time '{fields[3]}' is no number of seconds");
            }
            else
            {
                builder.Add(fields[0], fields[1], EventTypes.Rate, timeMs, rating);
            }
        }
    }
}
