namespace Ebb.Engine.Log;

/// <summary>
/// Where an entry stands in its partition's log: the epoch in which it was written (raised by every recovery, so a
/// stale writer cannot append) and a dense sequence from 1. Sequence alone orders a partition.
/// </summary>
public readonly record struct LogPosition(uint Epoch, ulong Sequence) : IComparable<LogPosition>
{
    public static readonly LogPosition Start = new(0, 0);

    public int CompareTo(LogPosition other) => Sequence.CompareTo(other.Sequence);
}
