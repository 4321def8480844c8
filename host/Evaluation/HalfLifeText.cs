using System.Globalization;
using Ebb.Engine.Interest;

namespace Ebb.Evaluation;

/// <summary>Half-lives as people write them: <c>never</c>, or a number with ms, s, min (or m), h, d or w.</summary>
public static class HalfLifeText
{
    private static readonly (string Unit, double Ms)[] Units =
    [
        ("ms", 1), ("min", 60_000), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
        ("w", 7 * 86_400_000.0),
    ];

    // Largest first.
    private static readonly (string Unit, double Ms)[] WrittenUnits =
        [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000)];

    /// <summary>False unless the text is a half-life of at least a millisecond.</summary>
    public static bool TryParse(string? text, out TimeSpan halfLife)
    {
        halfLife = default;
        string trimmed = (text ?? "").Trim().ToLowerInvariant();
        if (trimmed == "never")
        {
            halfLife = MemorySchema.Never;
            return true;
        }

        foreach ((string unit, double unitMs) in Units)
        {
            if (trimmed.EndsWith(unit, StringComparison.Ordinal))
            {
                return TryScale(trimmed[..^unit.Length], unitMs, out halfLife);
            }
        }

        return false;
    }

    /// <summary>The text that <see cref="TryParse"/> reads back: the largest unit that divides it.</summary>
    public static string Format(TimeSpan halfLife)
    {
        if (halfLife == MemorySchema.Never)
        {
            return "never";
        }

        double ms = halfLife.TotalMilliseconds;
        foreach ((string unit, double unitMs) in WrittenUnits)
        {
            if (ms >= unitMs && ms % unitMs == 0)
            {
                return (ms / unitMs).ToString(CultureInfo.InvariantCulture) + unit;
            }
        }

        return ms.ToString(CultureInfo.InvariantCulture) + "ms";
    }

    private static bool TryScale(string number, double unitMs, out TimeSpan halfLife)
    {
        halfLife = default;
        bool read = double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double count);
        double ms = count * unitMs;
        if (!read || !(ms >= 1) || ms > TimeSpan.MaxValue.TotalMilliseconds / 2)
        {
            return false;
        }

        halfLife = TimeSpan.FromMilliseconds(ms);
        return true;
    }
}
