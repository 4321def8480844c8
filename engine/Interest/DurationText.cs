using System.Globalization;

namespace Ebb.Engine.Interest;

/// <summary>
/// Times as people write them: <c>never</c>, or a number with ms, s, min (or m), h, d or w, with or without a space:
/// "90 s", "30d".
/// </summary>
public static class DurationText
{
    private static readonly (string Unit, double Ms)[] Units =
    [
        ("ms", 1), ("min", 60_000), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
        ("w", 7 * 86_400_000.0),
    ];

    // Largest first.
    private static readonly (string Unit, double Ms)[] WrittenUnits =
        [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1)];

    /// <summary>
    /// False unless the text is a time of at least a millisecond; never is <see cref="MemorySchema.Never"/>.
    /// </summary>
    public static bool TryParse(string? text, out TimeSpan time)
    {
        time = default;
        string trimmed = (text ?? "").Trim().ToLowerInvariant();
        if (trimmed == "never")
        {
            time = MemorySchema.Never;
            return true;
        }

        foreach ((string unit, double unitMs) in Units)
        {
            if (trimmed.EndsWith(unit, StringComparison.Ordinal))
            {
                return TryScale(trimmed[..^unit.Length], unitMs, out time);
            }
        }

        return false;
    }

    /// <summary>The text that <see cref="TryParse"/> reads back: the largest unit that divides it.</summary>
    public static string Format(TimeSpan time)
    {
        if (time == MemorySchema.Never)
        {
            return "never";
        }

        double ms = time.TotalMilliseconds;
        foreach ((string unit, double unitMs) in WrittenUnits)
        {
            if (ms >= unitMs && ms % unitMs == 0)
            {
                return (ms / unitMs).ToString(CultureInfo.InvariantCulture) + unit;
            }
        }

        return ms.ToString(CultureInfo.InvariantCulture) + "ms";
    }

    /// <summary>About two digits of the largest unit of which there are at least two: short to read.</summary>
    public static TimeSpan Round(TimeSpan time)
    {
        double ms = time.TotalMilliseconds;
        double unitMs = WrittenUnits.Select(unit => unit.Ms).FirstOrDefault(unit => ms >= 2 * unit, 1);
        double count = ms / unitMs;
        double digit = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(Math.Max(count, 1))) - 1));
        return TimeSpan.FromMilliseconds(Math.Max(1, Math.Round(count / digit) * digit) * unitMs);
    }

    private static bool TryScale(string number, double unitMs, out TimeSpan time)
    {
        time = default;
        bool read = double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double count);
        double ms = count * unitMs;
        if (!read || !(ms >= 1) || ms > TimeSpan.MaxValue.TotalMilliseconds / 2)
        {
            return false;
        }

        time = TimeSpan.FromMilliseconds(ms);
        return true;
    }
}
