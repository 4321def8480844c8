using System.Globalization;

namespace Ebb.Evaluation.Datasets;

/// <summary>
/// Times as data files write them, to ms since the Unix epoch. A number whose size is below 10^11 is seconds (10^11 s
/// is the year 5138), from there on milliseconds (10^11 ms is March 1973); fractions of a second are rounded to
/// milliseconds. Anything else is ISO 8601, taken as UTC where it names no offset.
/// </summary>
public static class TimeText
{
    private const double SecondsBelow = 1e11;

    public static bool TryParse(ReadOnlySpan<char> text, out long timeMs)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
        {
            double ms = Math.Abs(number) < SecondsBelow ? number * 1000 : number;
            return TryRound(ms, out timeMs);
        }

        bool read = DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time);
        timeMs = read ? time.ToUnixTimeMilliseconds() : 0;
        return read;
    }

    /// <summary>Seconds, whatever their size, to the nearest millisecond.</summary>
    public static bool TryParseSeconds(ReadOnlySpan<char> text, out long timeMs)
    {
        timeMs = 0;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
            && TryRound(seconds * 1000, out timeMs);
    }

    /// <summary>False for NaN, infinities and what no clock shows (10^15 ms is the year 33658).</summary>
    internal static bool TryRound(double ms, out long timeMs)
    {
        bool sane = Math.Abs(ms) < 1e15;
        timeMs = sane ? (long)Math.Round(ms) : 0;
        return sane;
    }
}
