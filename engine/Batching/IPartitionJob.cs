namespace Ebb.Engine.Batching;

/// <summary>Work that needs a partition to itself: it runs on the partition's writer, between two batches.</summary>
internal interface IPartitionJob
{
    public void Run(Partition partition);
}
