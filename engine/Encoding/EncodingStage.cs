using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;

namespace Ebb.Engine.Encoders;

/// <summary>
/// A partition's share of the encoder: which lists wait for one, which have it already, which go without. Used by the
/// partition's writer.
/// </summary>
internal sealed class EncodingStage(EncoderThread thread, TimeProvider clock, int dimension)
{
    private readonly EncodingCache _cache = new(dimension);

    public EncoderThread Thread => thread;

    public long KeptCount { get; private set; }

    public long SkippedCount { get; private set; }

    /// <summary>Moves the lists that wait for an encoding to the encoder; the others stay.</summary>
    public void Take(List<ListJob> lists, PartitionBatch batch)
    {
        int stay = 0;
        for (int index = 0; index < lists.Count; index++)
        {
            ListJob job = lists[index];
            if (Waits(job))
            {
                thread.Add(job, batch);
            }
            else
            {
                lists[stay++] = job;
            }
        }

        lists.RemoveRange(stay, lists.Count - stay);
    }

    /// <summary>For WHY: what a list would have, now.</summary>
    public void EncodeNow(ListJob job, CatalogueLease lease)
    {
        if (Wanted(job))
        {
            job.Encoding ??= new JobEncoding(dimension);
            thread.EncodeNow(job, lease);
        }
    }

    /// <summary>
    /// For PROFILE: what the head says of the user's next category, as kept, or now; null where no model has one.
    /// </summary>
    public JobEncoding? HeadNow(ListJob job, CatalogueLease lease)
    {
        if (thread.Encoder is not { HasHead: true } || job.RecentCount == 0)
        {
            return null;
        }

        JobEncoding encoding = job.Encoding ??= new JobEncoding(dimension);
        if (_cache.TryGet(job.UserSequence, encoding))
        {
            encoding.Use = EncodingUse.Kept;
        }
        else
        {
            thread.EncodeNow(job, lease);
            Keep(job);
        }

        return encoding.IsThere ? encoding : null;
    }

    /// <summary>Another model: what the one before said is of another space.</summary>
    public void Clear() => _cache.Clear();

    /// <summary>A list is done: what was computed for it serves until the user's next event.</summary>
    public void Keep(ListJob job)
    {
        if (job.Encoding is { Use: EncodingUse.Fresh } fresh)
        {
            _cache.Put(job.UserSequence, fresh);
        }
    }

    /// <summary>Whether the list is scored with the encoder.</summary>
    private static bool Wanted(ListJob job)
    {
        if (job.Encoding is { } before)
        {
            before.Use = EncodingUse.None;
        }

        return (job.Policy.Policy.Sources.Encoder > 0 || job.Policy.Policy.Migration is { HasEffect: true, Head: > 0 })
            && job.Path is (ListPath.Scan or ListPath.KeptCandidates) && job.RecentCount > 0;
    }

    private bool Waits(ListJob job)
    {
        if (!Wanted(job))
        {
            return false;
        }

        JobEncoding encoding = job.Encoding ??= new JobEncoding(dimension);
        if (thread.Encoder is null)
        {
            encoding.Use = EncodingUse.NoModel;
        }
        else if (_cache.TryGet(job.UserSequence, encoding))
        {
            encoding.Use = EncodingUse.Kept;
            KeptCount++;
        }
        else if (IsNearDeadline(job.Request) || thread.IsLeftOut)
        {
            encoding.Use = EncodingUse.Skipped;
            SkippedCount++;
        }
        else
        {
            return true;
        }

        return false;
    }

    private bool IsNearDeadline(EngineRequest request) =>
        request.DeadlineTimestamp != 0
        && request.DeadlineTimestamp - clock.GetTimestamp() < thread.ReserveTicks;
}
