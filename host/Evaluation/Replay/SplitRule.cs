using System.Globalization;
using Ebb.Evaluation.Datasets;

namespace Ebb.Evaluation.Replay;

/// <summary>A split as asked for. Count is N of LastActs; FromMs is ms since the epoch.</summary>
public readonly record struct SplitRule(SplitKind Kind, int Count = 0, long FromMs = 0)
{
    public static SplitRule Protocol { get; } = new(SplitKind.Protocol);

    public static SplitRule LastActs(int count) => new(SplitKind.LastActs, count);

    public static SplitRule FromTime(long fromMs) => new(SplitKind.FromTime, 0, fromMs);

    /// <summary><c>protocol</c>, <c>last:N</c>, or <c>from:TIME</c> as <see cref="TimeText"/> reads it.</summary>
    public static bool TryParse(string? text, out SplitRule rule)
    {
        rule = Protocol;
        string trimmed = (text ?? "").Trim();
        if (trimmed == "protocol")
        {
            return true;
        }

        if (trimmed.StartsWith("last:", StringComparison.Ordinal))
        {
            bool read = int.TryParse(trimmed[5..], NumberStyles.None, CultureInfo.InvariantCulture, out int count);
            rule = LastActs(count);
            return read && count > 0;
        }

        if (trimmed.StartsWith("from:", StringComparison.Ordinal)
            && TimeText.TryParse(trimmed.AsSpan(5), out long fromMs))
        {
            rule = FromTime(fromMs);
            return true;
        }

        return false;
    }

    public override string ToString() => Kind switch
    {
        SplitKind.LastActs => $"last:{Count}",
        SplitKind.FromTime => $"from:{DateTimeOffset.FromUnixTimeMilliseconds(FromMs):yyyy-MM-ddTHH:mm:ssZ}",
        _ => "protocol",
    };
}
