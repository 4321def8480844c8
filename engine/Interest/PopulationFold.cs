using Ebb.Engine.Store;

namespace Ebb.Engine.Interest;

/// <summary>
/// What events, and users who come and go, change in a partition's counters of the population: demand, trends and the
/// demand of segments, which always change together. The partition's one writer.
/// </summary>
internal sealed class PopulationFold(PartitionState state)
{
    public void Add(ReadOnlySpan<byte> user, ReadOnlySpan<byte> segment, in PopulationShare share)
    {
        Add(share);
        state.Segments.Add(user, segment, share);
    }

    /// <summary>One event of the user's, out again.</summary>
    public void Remove(ReadOnlySpan<byte> user, in PopulationShare share)
    {
        Remove(share);
        state.Segments.Unsend(user, share);
    }

    /// <summary>Takes out what the user's events added.</summary>
    public void Leave(ReadOnlySpan<byte> user, PopulationShare[] newestFirst)
    {
        foreach (PopulationShare share in newestFirst)
        {
            Remove(share);
        }

        state.Segments.Forget(user, newestFirst);
    }

    /// <summary>Takes out what the remembered events of a record added.</summary>
    public void Leave(ReadOnlySpan<byte> user, UserRecord record) => Leave(user, SharesOf(record));

    /// <summary>Puts in what the remembered events of a record add.</summary>
    public void Join(ReadOnlySpan<byte> user, UserRecord record)
    {
        PopulationShare[] shares = SharesOf(record);
        Array.Reverse(shares);
        foreach (PopulationShare share in shares)
        {
            Add(share);
        }

        state.Segments.Join(user, shares);
    }

    // Newest first.
    private static PopulationShare[] SharesOf(UserRecord record)
    {
        var shares = new List<PopulationShare>(record.RecentCount);
        for (int index = 0; index < record.RecentCount; index++)
        {
            RecentEvent recent = record.GetRecent(index);
            if (recent.Weight > 0)
            {
                shares.Add(new PopulationShare(recent.ItemIndex, recent.Weight, recent.TimeMs));
            }
        }

        return [.. shares];
    }

    private void Add(in PopulationShare share)
    {
        state.Population.Add(share.ItemIndex, share.Weight, share.TimeMs);
        state.Trends.Add(share);
    }

    private void Remove(in PopulationShare share)
    {
        state.Population.Remove(share);
        state.Trends.Remove(share);
    }
}
