using System.Collections.Concurrent;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Similar;

/// <summary>
/// Answers baskets. They belong to no user and so to no partition: a turn of the pool takes what has gathered while the
/// last one ran, under one lease and with one pass over the catalogue. Any thread may ask; one turn at a time, so that
/// baskets never take more than one core from the users' requests.
/// </summary>
internal sealed class SimilarTurns(
    ItemCatalogue catalogue, IKernelBackend backend, PopulationSources sources, ILogger logger)
    : IThreadPoolWorkItem, IDisposable
{
    /// <summary>Baskets of one turn.</summary>
    private const int BatchCountMax = 64;

    /// <summary>Baskets waiting; past it a call is refused at once.</summary>
    private const int WaitingCountMax = 4096;

    private readonly ConcurrentQueue<SimilarCall> _waiting = new();
    private readonly Lock _turn = new();
    private readonly List<SimilarCall> _batch = [];
    private readonly ComplementReader _complements = new();
    private int _scheduled;
    private bool _disposed;

    public Task<SimilarList> AskAsync(SimilarQuery query)
    {
        EngineRequestException.ThrowIfRefused(Judge(query));
        if (_waiting.Count >= WaitingCountMax)
        {
            throw new EngineRequestException(EntryStatus.Overloaded);
        }

        var call = new SimilarCall(query);
        _waiting.Enqueue(call);
        Wake();
        return call.Answer;
    }

    public void Execute()
    {
        lock (_turn)
        {
            _batch.Clear();
            while (_batch.Count < BatchCountMax && _waiting.TryDequeue(out SimilarCall? call))
            {
                _batch.Add(call);
            }

            RunGuarded();
        }

        Volatile.Write(ref _scheduled, 0);
        if (!_waiting.IsEmpty)
        {
            Wake();
        }
    }

    /// <summary>Waits for the turn under way: the catalogue may be disposed after it.</summary>
    public void Dispose()
    {
        lock (_turn)
        {
            _disposed = true;
        }
    }

    private static EntryStatus Judge(SimilarQuery query)
    {
        if (query.Items.Count == 0)
        {
            return EntryStatus.Malformed;
        }

        if (query.Items.Count > SimilarQuery.ItemCountMax)
        {
            return EntryStatus.TooManyEntries;
        }

        if (query.Count is < 1 or > RecommendQuery.CountMax)
        {
            return EntryStatus.KOutOfRange;
        }

        if (query.Kind > SimilarKind.Complementary)
        {
            return EntryStatus.Malformed;
        }

        return query.Items.All(item => item.IsValid) ? EntryStatus.Ok : EntryStatus.IdLength;
    }

    private void Wake()
    {
        if (Interlocked.CompareExchange(ref _scheduled, 1, 0) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private void RunGuarded()
    {
        try
        {
            if (_disposed)
            {
                _batch.ForEach(call => call.Refuse(EntryStatus.ShuttingDown));
                return;
            }

            using CatalogueLease lease = catalogue.Read();
            Run(lease);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            EngineLog.ScanFailed(logger, failure.Message, failure);
            _batch.ForEach(call => call.Refuse(EntryStatus.Internal));
        }
    }

    private void Run(CatalogueLease lease)
    {
        LinkTable? links = sources.Tables?.Neighbours;
        var scanned = new List<SimilarCall>();
        foreach (SimilarCall call in _batch)
        {
            if (!call.FindRows(lease))
            {
                continue;
            }

            ItemBitmap excluded = lease.Excluded(call.Query.Filter);
            if (call.Query.Kind == SimilarKind.Complementary)
            {
                call.Complete(_complements.Read(call.Rows, links, excluded, lease), links is not null, lease);
            }
            else if (TryPrepare(call, excluded, lease))
            {
                scanned.Add(call);
            }
            else
            {
                call.Complete([], links is not null, lease);
            }
        }

        if (scanned.Count > 0)
        {
            TopKRequest[] scans = [.. scanned.Select(call => call.Scan)];
            backend.TopK(lease.Items, scans);
        }

        foreach (SimilarCall call in scanned)
        {
            call.Complete(call.Scan.Results.AsSpan(0, call.Scan.Count), links is not null, lease);
        }
    }

    /// <summary>False: the basket has no direction, and nothing is similar to it.</summary>
    private static bool TryPrepare(SimilarCall call, ItemBitmap excluded, CatalogueLease lease)
    {
        float[] query = new float[lease.Items.Dimension];
        if (!BasketDirection.TryFill(call.Rows, lease, query))
        {
            return false;
        }

        // The basket's own items come out of the scan and are dropped after it: a bitmap less to copy.
        call.Scan.K = Math.Min(call.Query.Count + call.Rows.Count, TopKRequest.CountMax);
        call.Scan.Query = query;
        call.Scan.Excluded = excluded;
        call.Scan.Results = new ScoredItem[call.Scan.K];
        return true;
    }
}
