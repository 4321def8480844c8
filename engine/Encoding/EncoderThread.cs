using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Encoders;

/// <summary>
/// The encoder's own thread, for all partitions together: it takes the lists that have gathered while the last run was
/// under way (no timer), encodes their users in one batch, and makes the lists. Idle, it sleeps. Lists come from
/// partitions' writers and go back to them.
/// </summary>
internal sealed class EncoderThread : IDisposable
{
    private readonly ItemCatalogue _catalogue;
    private readonly ScanStage _scans;
    private readonly ScanThread _scanner;
    private readonly GatheringThread _thread;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly ListJob[] _encoded = new ListJob[SequenceBatch.RowCountMax];
    private readonly List<ListJob> _lists = [];
    private SequenceEncoder? _encoder;
    private long _turnaroundTicks;
    private bool _failureLogged;

    public EncoderThread(
        ItemCatalogue catalogue, ScanStage scans, ScanThread scanner, Func<ushort, Partition> partitionOf,
        EngineOptions options)
    {
        _catalogue = catalogue;
        _scans = scans;
        _scanner = scanner;
        _thread = new GatheringThread("ebb-encoder", SequenceBatch.RowCountMax, Make, partitionOf);
        _logger = EngineLog.For(options);
        _clock = options.Clock;
        if (options.Encoder is { } encoder)
        {
            Check(encoder, options.Dimension);
            Set(encoder);
        }
    }

    /// <summary>Null: no model.</summary>
    public SequenceEncoder? Encoder => Volatile.Read(ref _encoder);

    /// <summary>Lists wait so long for a scan that no list is to wait for an encoding too.</summary>
    public bool IsLeftOut => _scanner.Pressure.IsPressed;

    /// <summary>
    /// What a list may have to wait for its encoding, in the clock's ticks: twice what the last ones took, and no less
    /// than a millisecond.
    /// </summary>
    public long ReserveTicks => Math.Max(
        2 * Volatile.Read(ref _turnaroundTicks), _clock.TimestampFrequency / 1000);

    /// <summary>The list waits for its encoding; it comes back through its partition.</summary>
    public void Add(ListJob job, PartitionBatch batch)
    {
        job.Encoding!.AddedAt = _clock.GetTimestamp();
        _thread.Add(job, batch);
    }

    /// <summary>At once, on the caller's thread: for what is not a list.</summary>
    public void EncodeNow(ListJob job, CatalogueLease lease)
    {
        if (Encoder is not { } encoder)
        {
            job.Encoding!.Use = EncodingUse.NoModel;
            return;
        }

        Encode(encoder, [job], lease);
    }

    /// <exception cref="EngineStartException">Its vectors cannot be the items'.</exception>
    public static void Check(SequenceEncoder encoder, int dimension)
    {
        if (encoder.Dimension != dimension)
        {
            throw new EngineStartException(
                $"the model '{encoder.Bundle.Manifest.Name}' has {encoder.Dimension} dimensions, the item vectors"
                + $" {dimension}");
        }
    }

    /// <summary>
    /// This encoder from here on; the one before is closed. While no partition runs: lists that are under way are made
    /// first, by the one before.
    /// </summary>
    public void Set(SequenceEncoder encoder)
    {
        Quiesce();
        _encoder?.Dispose();
        Volatile.Write(ref _encoder, encoder);
        _failureLogged = false;
        _thread.Start();
    }

    /// <summary>Waits until no list is under way here or at the scanner, while no partition can hand over
    /// more.</summary>
    public void Quiesce()
    {
        _thread.Quiesce();
        _scanner.Quiesce();
    }

    public void Dispose()
    {
        _thread.Dispose();
        _encoder?.Dispose();
    }

    private void Make(ReadOnlySpan<(ListJob Job, PartitionBatch Batch)> taken)
    {
        _lists.Clear();
        for (int index = 0; index < taken.Length; index++)
        {
            _encoded[index] = taken[index].Job;
            _lists.Add(taken[index].Job);
        }

        if (!EncodeAndScan(taken))
        {
            _thread.GiveBack(taken);
        }
    }

    /// <returns>True: the scanner has them.</returns>
    private bool EncodeAndScan(ReadOnlySpan<(ListJob Job, PartitionBatch Batch)> taken)
    {
        try
        {
            using CatalogueLease lease = _catalogue.Read();
            Encode(Encoder!, _encoded.AsSpan(0, taken.Length), lease);
            long took = _clock.GetTimestamp() - taken[0].Job.Encoding!.AddedAt;
            Volatile.Write(ref _turnaroundTicks, ((7 * _turnaroundTicks) + took) / 8);
            if (_scanner.TryTakeOver(taken, lease.Items))
            {
                return true;
            }

            _scans.Run(_lists, lease);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            EngineLog.ScanFailed(_logger, failure.Message, failure);
            foreach (ListJob job in _lists)
            {
                job.Request.Status = EntryStatus.Internal;
            }
        }

        return false;
    }

    private void Encode(SequenceEncoder encoder, ReadOnlySpan<ListJob> jobs, CatalogueLease lease)
    {
        try
        {
            encoder.Encode(jobs, lease);
        }
        catch (BundleException failure)
        {
            foreach (ListJob job in jobs)
            {
                job.Encoding!.Use = EncodingUse.Failed;
            }

            if (!_failureLogged)
            {
                _failureLogged = true;
                EngineLog.EncoderFailed(_logger, failure.Message);
            }
        }
    }
}
