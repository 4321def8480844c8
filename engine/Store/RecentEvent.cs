namespace Ebb.Engine.Store;

/// <summary>
/// One of a user's last events as its record holds it. TimeMs, milliseconds since the Unix epoch, fits 48 signed bits
/// (year 6429); Weight is the effective weight that was folded.
/// </summary>
public readonly record struct RecentEvent(
    long TimeMs, uint ItemIndex, ulong ItemVersion, float Weight, byte Type, RecentEventFlags Flags)
{
    public const long TimeMsMax = (1L << 47) - 1;
    public const long TimeMsMin = -(1L << 47);
}
