namespace Ebb.Proving.Media;

internal enum CrashKind : byte
{
    /// <summary>The process is gone; what it wrote is in the system's cache and comes to the disk.</summary>
    Kill,

    /// <summary>
    /// The power is gone: what was not synced is there or not, sector by sector; names not synced likewise, in order.
    /// </summary>
    PowerLoss,
}
