using Ebb.Engine.Graph.Live;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Memory;

namespace Ebb.Engine.Catalogue;

/// <summary>How a catalogue is opened. Immutable.</summary>
public sealed record CatalogueOptions
{
    /// <summary>D of every item vector, 1 to 1024.</summary>
    public required int Dimension { get; init; }

    /// <summary>Makes the matrix that holds the vectors; not disposed by the catalogue.</summary>
    public required IKernelBackend Backend { get; init; }

    /// <summary>Bytes that vectors may take: rows of the matrix and vectors held aside by open changes.</summary>
    public required MemoryBudget Budget { get; init; }

    /// <summary>Filters whose bitmaps are kept (one bit a row each); the least recently used goes first.</summary>
    public int FilterCountMax { get; init; } = 64;

    /// <summary>By which windows of items open and close.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>How vectors flow to items without one, and to brands and categories.</summary>
    public LiveGraphOptions Graph { get; init; } = new();

    /// <summary>Entries gathered per append: a bulk load needs no second copy, the log no huge append.</summary>
    internal int AppendBytesTarget { get; init; } = 256 << 10;

    /// <summary>Vectors gathered before the gate is closed to write them: rare enough, and short to wait for.</summary>
    internal int PendingBytesMax { get; init; } = 1 << 20;

    /// <summary>Payload after which a block of the base is written; what is encoded under one lease.</summary>
    internal int BaseBlockBytesTarget { get; init; } = 256 << 10;
}
