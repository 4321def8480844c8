using Ebb.Engine.Interest;

namespace Ebb.Server.Commands;

/// <summary>
/// Durations as people write them on the command line: "90s", "90 s", "1min", "1h", "30d", "never". The reading itself
/// is <see cref="DurationText"/>'s; this adds lists, and a value that prints as it is written (help texts show it).
/// </summary>
public readonly record struct HumanDuration(TimeSpan Value)
{
    /// <summary>What an error message says about the form.</summary>
    public const string Form = "write it like 90s, 15min, 1h, 30d or never";

    public static bool TryParse(string? text, out TimeSpan duration) => DurationText.TryParse(text, out duration);

    /// <summary>False when the list is empty or one of its parts is no duration.</summary>
    public static bool TryParseList(string? text, out TimeSpan[] durations)
    {
        string[] parts = (text ?? "").Split(',');
        durations = new TimeSpan[parts.Length];
        for (int index = 0; index < parts.Length; index++)
        {
            if (!TryParse(parts[index], out durations[index]))
            {
                durations = [];
                return false;
            }
        }

        return true;
    }

    public static string Format(TimeSpan duration) => DurationText.Format(duration);

    public static string Format(IEnumerable<TimeSpan> durations) => string.Join(",", durations.Select(Format));

    public override string ToString() => Format(Value);
}
