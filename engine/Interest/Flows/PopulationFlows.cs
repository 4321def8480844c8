namespace Ebb.Engine.Interest.Flows;

/// <summary>
/// The transitions of all partitions, at most a second old. Any thread may ask; the sum is taken by one of them under
/// the partitions' own gates.
/// </summary>
internal sealed class PopulationFlows(IReadOnlyList<PartitionState> partitions, TimeProvider clock)
{
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);

    private readonly Lock _refresh = new();
    private FlowTable _table = FlowTable.Empty;
    private long _takenAt;
    private bool _taken;
    private FlowRule? _rule;

    /// <summary>Null: nothing is counted.</summary>
    public FlowRule? Rule
    {
        get => Volatile.Read(ref _rule);
        set => Volatile.Write(ref _rule, value);
    }

    /// <summary>As of at most a second ago.</summary>
    public FlowTable Table
    {
        get
        {
            lock (_refresh)
            {
                if (!_taken || clock.GetElapsedTime(_takenAt) > AgeMax)
                {
                    _table = Sum(clock.GetUtcNow().ToUnixTimeMilliseconds());
                    _takenAt = clock.GetTimestamp();
                    _taken = true;
                }

                return _table;
            }
        }
    }

    public ulong DroppedCount
    {
        get
        {
            ulong dropped = 0;
            foreach (PartitionState state in partitions)
            {
                dropped += state.Flows.DroppedCount;
            }

            return dropped;
        }
    }

    /// <summary>The sum as of a moment.</summary>
    public FlowTable Sum(long nowMs)
    {
        var cells = new FlowCell[partitions.Count][];
        for (int index = 0; index < cells.Length; index++)
        {
            lock (partitions[index].Population.Gate)
            {
                cells[index] = partitions[index].Flows.Cells.ToArray();
            }
        }

        return new FlowTable(cells, MemorySchema.HalfLifeMs((Rule ?? new()).HalfLife), nowMs);
    }
}
