namespace Ebb.Engine.Log;

/// <summary>Pace and retention of the event log.</summary>
public sealed record EventLogOptions
{
    /// <summary>
    /// Appended entries are committed at least this often even if nobody waits for it: what a crash may take of
    /// entries acknowledged as applied. Default 50 ms.
    /// </summary>
    public TimeSpan CommitInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// The record of how far a partition is durable is synced by the first commit after this time, and else when the
    /// system writes back what is dirty. Entries are synced at every commit; recovery reads on behind an older record.
    /// It tells lost bytes from the end of the log: what the medium loses behind the synced record after it said it was
    /// safe, in a power cut, would be taken for the end.
    /// Zero: at every commit. Default 1 s.
    /// </summary>
    public TimeSpan MarkSyncPeriod { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>In-memory buffer of each partition's log, a power of two. Default 4 MiB.</summary>
    public int BufferBytes { get; init; } = 4 << 20;

    /// <summary>
    /// Entries covered by a base are kept at least this long; what FORGET took out leaves the files after it. Default
    /// 28 days: an answer to who asks to be forgotten is due within a month (GDPR, article 12.3), and February is one.
    /// </summary>
    public TimeSpan RetentionTime { get; init; } = TimeSpan.FromDays(28);

    /// <summary>… and trimmed beyond this many bytes over all partitions. Default: no bound.</summary>
    public long RetentionBytesMax { get; init; } = long.MaxValue;
}
