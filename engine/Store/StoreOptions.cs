namespace Ebb.Engine.Store;

/// <summary>Memory and pace of the user store.</summary>
public sealed record StoreOptions
{
    /// <summary>
    /// Bytes of user records held in memory over all partitions; the rest spills to disk. Default 1 GiB.
    /// </summary>
    public long MemoryBytesMax { get; init; } = 1L << 30;

    /// <summary>Expected users over all partitions; sizes the hash index.</summary>
    public long UserCountHint { get; init; } = 1_000_000;

    /// <summary>
    /// How much of one processor an export may take while it reads the users; 1: as much as it can. Default 0.2.
    /// </summary>
    public double ExportShare { get; init; } = 0.2;

    /// <summary>How often a base is exported while serving; zero: only on request and on a clean stop.</summary>
    public TimeSpan ExportInterval { get; init; } = TimeSpan.FromMinutes(10);
}
