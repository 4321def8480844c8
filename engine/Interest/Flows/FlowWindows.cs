namespace Ebb.Engine.Interest.Flows;

/// <summary>
/// The windows of the report: fading ones, in which an event of age a counts e^(−a/W), so that W of steady traffic sums
/// to what a window of length W would. W is a half-life of W·ln 2.
/// </summary>
internal static class FlowWindows
{
    public const int Count = 3;

    private const double HourMs = 3_600_000;

    public static double[] LengthsMs { get; } = [HourMs, 24 * HourMs, 7 * 24 * HourMs];

    public static double[] HalfLivesMs { get; } = [.. LengthsMs.Select(length => length * Math.Log(2))];

    public static string NameOf(int window) => window switch { 0 => "hour", 1 => "day", _ => "week" };
}
