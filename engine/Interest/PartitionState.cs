using System.Runtime.InteropServices;
using Ebb.Engine.Experiments;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Interest.Merging;
using Ebb.Engine.Interest.Segments;
using Ebb.Engine.Interest.Trends;
using Ebb.Kernels.Backends;

namespace Ebb.Engine.Interest;

/// <summary>
/// What a partition folds besides its users: session marks, population counters, parked events, totals. Owned by the
/// partition's writer. Its bytes go into the base as they are and into the state hash.
/// </summary>
internal sealed class PartitionState(IKernelBackend backend, MemorySchema schema)
{
    private const byte FormatVersion = 5;

    // Without segments.
    private const byte FeedbackVersion = 4;

    // Written where nothing was shown in an experiment.
    private const byte CountersVersion = 3;

    // Without the hours of the trends.
    private const byte HourlessVersion = 2;

    // Written where there is nothing of a later one, so that such a state has the bytes and the hash it always had.
    private const byte PlainVersion = 1;

    private FoldTotals _totals;

    public SessionMarks Sessions { get; } = new();

    public PopulationCounters Population { get; } =
        new(backend, MemorySchema.HalfLifeMs(schema.PopularityHalfLife));

    public ParkedEvents Parked { get; } = new();

    public FlowCounters Flows { get; } = NewFlows(backend, schema);

    public SegmentBook Segments { get; } =
        new(backend, MemorySchema.HalfLifeMs(schema.PopularityHalfLife));

    public TrendCounters Trends { get; } = NewTrends(backend, schema);

    public MergeBook Merges { get; } = new();

    public FeedbackBook Feedback { get; } = new();

    public ref FoldTotals Totals => ref _totals;

    /// <summary>
    /// Layout: u8 version, totals (5 × u64), then sessions, population, parked, each with its count first; version 3
    /// has the flows, the trends and the merges after them, version 4 the feedback after these, 5 the segments
    /// after that.
    /// </summary>
    public byte[] ToBytes()
    {
        var output = new List<byte> { VersionOfBytes };
        Span<byte> totals = stackalloc byte[FoldTotals.Bytes];
        Totals.Write(totals);
        output.AddRange(totals);
        Sessions.Write(output);
        lock (Population.Gate)
        {
            Population.Write(output);
        }

        Parked.Write(output);
        if (output[0] != PlainVersion)
        {
            WriteCounters(output);
        }

        return CollectionsMarshal.AsSpan(output).ToArray();
    }

    public void Load(ReadOnlySpan<byte> bytes)
    {
        byte version = bytes[0];
        if (version is < PlainVersion or > FormatVersion)
        {
            throw new EngineStartException(
                $"partition state has format {version}, this build reads {FormatVersion}: use a newer ebb");
        }

        bytes = bytes[1..];
        Totals = FoldTotals.Read(bytes);
        bytes = bytes[FoldTotals.Bytes..];
        Sessions.Read(ref bytes);
        Population.Read(ref bytes);
        Parked.Read(ref bytes);
        if (version != PlainVersion)
        {
            Flows.Read(ref bytes);
            Trends.Read(ref bytes, hasHours: version != HourlessVersion);
            Merges.Read(ref bytes);
        }

        if (version >= FeedbackVersion)
        {
            Feedback.Read(ref bytes);
        }

        if (version == FormatVersion)
        {
            Segments.Read(ref bytes);
        }
    }

    /// <summary>Sums stay as they were; from here on they are counted by this schema.</summary>
    public void SetSchema(MemorySchema schema)
    {
        lock (Population.Gate)
        {
            Population.SetHalfLife(MemorySchema.HalfLifeMs(schema.PopularityHalfLife));
            Segments.SetHalfLife(MemorySchema.HalfLifeMs(schema.PopularityHalfLife));
            Flows.SetRule(schema.Flows);
            Trends.SetRule(schema.Trends);
        }
    }

    private byte VersionOfBytes => !Segments.IsEmpty ? FormatVersion
        : !Feedback.IsEmpty ? FeedbackVersion
        : Flows.IsEmpty && Trends.IsEmpty && Merges.IsEmpty ? PlainVersion
        : CountersVersion;

    private void WriteCounters(List<byte> output)
    {
        lock (Population.Gate)
        {
            Flows.Write(output);
            Trends.Write(output);
        }

        Merges.Write(output);
        lock (Population.Gate)
        {
            if (output[0] >= FeedbackVersion)
            {
                Feedback.Write(output);
            }

            if (output[0] == FormatVersion)
            {
                Segments.Write(output);
            }
        }
    }

    private static TrendCounters NewTrends(IKernelBackend backend, MemorySchema schema)
    {
        var trends = new TrendCounters(backend);
        trends.SetRule(schema.Trends);
        return trends;
    }

    private static FlowCounters NewFlows(IKernelBackend backend, MemorySchema schema)
    {
        var flows = new FlowCounters(backend);
        flows.SetRule(schema.Flows);
        return flows;
    }
}
