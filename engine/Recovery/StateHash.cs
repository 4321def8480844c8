using Ebb.Engine.Batching;
using Ebb.Engine.Store;

namespace Ebb.Engine.Recovery;

/// <summary>
/// The hash by which two folds are compared: every user's folded bytes in key order over all partitions, then each
/// partition's own state. Holds the partitions still while it reads.
/// </summary>
internal static class StateHash
{
    public static async Task<byte[]> ComputeAsync(EngineCore core)
    {
        using PartitionPause pause = await PartitionPause.HoldAsync(core.Partitions).ConfigureAwait(false);
        InterestStore[] stores = [.. core.Partitions.Select(partition => partition.Batch.Parts.Store)];
        byte[] states = [.. core.Partitions.SelectMany(partition => partition.Batch.Parts.Fold.State.ToBytes())];
        return await Task.Run(() => StateHasher.Compute(stores, states)).ConfigureAwait(false);
    }
}
