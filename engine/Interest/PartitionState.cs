using System.Runtime.InteropServices;
using Ebb.Kernels.Backends;

namespace Ebb.Engine.Interest;

/// <summary>
/// What a partition folds besides its users: session marks, population counters, parked events, totals. Owned by the
/// partition's writer. Its bytes go into the base as they are and into the state hash.
/// </summary>
internal sealed class PartitionState(IKernelBackend backend, MemorySchema schema)
{
    private const byte FormatVersion = 1;

    public SessionMarks Sessions { get; } = new();

    public PopulationCounters Population { get; } =
        new(backend, MemorySchema.HalfLifeMs(schema.PopularityHalfLife));

    public ParkedEvents Parked { get; } = new();

    public FoldTotals Totals { get; set; }

    /// <summary>
    /// Layout: u8 version, totals (5 × u64), then sessions, population, parked, each with its count first.
    /// </summary>
    public byte[] ToBytes()
    {
        var output = new List<byte> { FormatVersion };
        Span<byte> totals = stackalloc byte[FoldTotals.Bytes];
        Totals.Write(totals);
        output.AddRange(totals);
        Sessions.Write(output);
        lock (Population.Gate)
        {
            Population.Write(output);
        }

        Parked.Write(output);
        return CollectionsMarshal.AsSpan(output).ToArray();
    }

    public void Load(ReadOnlySpan<byte> bytes)
    {
        if (bytes[0] != FormatVersion)
        {
            throw new EngineStartException(
                $"partition state has format {bytes[0]}, this build reads {FormatVersion}: use a newer ebb");
        }

        bytes = bytes[1..];
        Totals = FoldTotals.Read(bytes);
        bytes = bytes[FoldTotals.Bytes..];
        Sessions.Read(ref bytes);
        Population.Read(ref bytes);
        Parked.Read(ref bytes);
    }
}
