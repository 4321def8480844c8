using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Log;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;
using Ebb.Kernels.Memory;

namespace Ebb.Engine.Recovery;

/// <summary>Opens an engine: checks the options against the folder, recovers, and wires the parts.</summary>
internal static class EngineOpener
{
    public static OpenedEngine Open(EngineOptions options, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return options.Folder is null ? OpenInMemory(options) : throw new NotImplementedException();
    }

    private static OpenedEngine OpenInMemory(EngineOptions options)
    {
        options = Resolve(options);
        IKernelBackend backend = options.Backend ?? new CpuBackend(options.ScanThreads);
        var log = new MemoryEventLog(options.PartitionCount);
        ItemCatalogue catalogue = ItemCatalogue.Open(CatalogueOptionsOf(options, backend), log, null, out _);
        var core = new EngineCore(options, options.Schema!, log, catalogue, backend);
        foreach (Partition partition in core.Partitions)
        {
            PartitionTail tail = log.Acquire(partition.Id);
            partition.Batch.Epoch = tail.Epoch;
            partition.Batch.Tail = tail.Tail;
            LogSchema(partition, core.Schema);
        }

        var opened = new OpenedEngine(core, null, null, options.Backend is null);
        opened.Start();
        return opened;
    }

    /// <summary>Fills in what was left open, and refuses what cannot be, in one line.</summary>
    private static EngineOptions Resolve(EngineOptions options)
    {
        if (options.Dimension is < 1 or > BankShape.DimensionMax)
        {
            throw new EngineStartException(
                $"dimension {options.Dimension} is not between 1 and {BankShape.DimensionMax}");
        }

        if (options.PartitionCount is < 0 or > RequestRouter.PartitionCountMax)
        {
            throw new EngineStartException(
                $"{options.PartitionCount} partitions are not between 1 and {RequestRouter.PartitionCountMax}");
        }

        return options with
        {
            PartitionCount = options.PartitionCount == 0 ? Environment.ProcessorCount : options.PartitionCount,
            Schema = options.Schema ?? new MemorySchema(),
        };
    }

    private static CatalogueOptions CatalogueOptionsOf(EngineOptions options, IKernelBackend backend) => new()
    {
        Dimension = options.Dimension,
        Backend = backend,
        Budget = new MemoryBudget(options.ItemMemoryBytesMax),
    };

    private static void LogSchema(Partition partition, MemorySchema schema)
    {
        if (partition.Batch.Tail == 0)
        {
            var entries = new FoldEntryBuffer();
            entries.AddSchema(System.Text.Encoding.UTF8.GetBytes(MemorySchemaJson.Write(schema)));
            partition.Batch.RunEntries(entries, default(RecoveredVectors));
        }
    }
}
