using Ebb.Engine.Batching;
using Ebb.Engine.Log;

namespace Ebb.Engine.Recovery;

/// <summary>
/// Trims the logs behind published bases as far as the configured retention allows: entries stay for the time asked
/// for, unless the bytes asked for are passed, and never go before a base covers them.
/// </summary>
internal sealed class LogRetention(EngineCore core)
{
    private readonly BaseRounds _rounds = new(core.Options.Log.RetentionTime);

    public void Published(BaseRound round)
    {
        EventLogOptions options = core.Options.Log;
        _rounds.Add(round);
        if (options.RetentionTime != Timeout.InfiniteTimeSpan)
        {
            DateTimeOffset oldest = core.Options.Clock.GetUtcNow() - options.RetentionTime;
            TrimTo(_rounds.FindPublishedBy(oldest));
        }

        while (_rounds.Count > 1 && Bytes() > options.RetentionBytesMax)
        {
            TrimTo(1);
        }

        if (Bytes() > options.RetentionBytesMax)
        {
            TrimTo(0);
        }

        // Without a time bound only the newest round will ever be trimmed to: the list must not grow for ever.
        if (options.RetentionTime == Timeout.InfiniteTimeSpan && _rounds.Count > 1)
        {
            _rounds.ForgetBefore(_rounds.Count - 1);
        }
    }

    /// <summary>Everything that the round's base covers goes; earlier rounds are forgotten.</summary>
    private void TrimTo(int index)
    {
        if (index < 0)
        {
            return;
        }

        BaseRound round = _rounds[index];
        for (int partition = 0; partition < core.Partitions.Length; partition++)
        {
            core.Log.TrimBelow((ushort)partition, round.PartitionSequences[partition] + 1);
        }

        core.Log.TrimBelow(IEventLog.CataloguePartition, round.CatalogueReplaySequence);
        _rounds.ForgetBefore(index);
    }

    private long Bytes()
    {
        long bytes = core.Log.SizeBytes(IEventLog.CataloguePartition);
        foreach (Partition partition in core.Partitions)
        {
            bytes += core.Log.SizeBytes(partition.Id);
        }

        return bytes;
    }
}
