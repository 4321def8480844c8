using System.Runtime.InteropServices;
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>
/// One call in flight: the prepared batch, a worker for each thread that joins, and a counter from which they take
/// blocks. The caller works too and never waits for a helper that has not started; one that starts after the job was
/// closed goes home. The job returns to its pool when the last queued helper has let go, so nothing is allocated in
/// steady state.
/// </summary>
internal sealed class TopKJob(TopKJobPool pool) : IThreadPoolWorkItem
{
    private const int ClosedFlag = 1 << 30;

    // Blocks taken at once: enough to keep the counter cool, and what is done once a take and query (limits,
    // thresholds) weighs less in more; few enough to share the end of a scan fairly. At most what a scan has limits
    // for. A query that reads nibbles alone stops for its hits after each take, and its memory is idle then: it takes
    // the largest. Powers of two, so that what is taken lies in one chunk.
    private const int BlocksMin = 4;
    private const int BlocksMax = CodeSpan.LimitStep * CodeFormat.TileRows / TopKWorker.BlockRowsMax;
    private const int NibbleBlocksMax = CodeSpan.LoneTilesMax * CodeFormat.TileRows / TopKWorker.BlockRowsMax;
    private const int TakesMin = 64;

    private TopKWorker[] _workers = [];
    private long _nextBlock;
    private int _blockRows;
    private int _blocksPerTake;
    private int _joined;
    private int _active;
    private int _references;
    private Exception? _failure;
    private readonly List<TopKRequest> _fallenShort = [];

    public TopKBatch Batch { get; } = new();

    /// <summary>Scans the matrix and fills the requests' results. Returns the job to its pool, now or later.</summary>
    public void Run(int helperCount)
    {
        SetTake();
        _nextBlock = 0;
        _joined = 0;
        _active = 0;
        _failure = null;

        // What a call that failed half-way left here belongs to another caller.
        _fallenShort.Clear();
        _references = 1 + helperCount;
        EnsureWorkers(1 + helperCount);
        Batch.IsShared = helperCount != 0;
        if (Batch.UsesSample)
        {
            _workers[0].Sample(Batch, _blockRows);
        }

        for (int helper = 0; helper < helperCount; helper++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        try
        {
            Work();
            Close();
            if (_failure is not null)
            {
                throw new InvalidOperationException("a top-K helper failed", _failure);
            }

            Merge();
            if (_fallenShort.Count != 0)
            {
                RunAgain();
            }
        }
        finally
        {
            Close();
            Batch.Clear();
            Release();
        }
    }

    /// <summary>A helper's whole life. Must not throw: it runs on a pool thread.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        if (TryEnter())
        {
            try
            {
                Work();
            }
            catch (Exception failure)
            {
                _failure = failure;
            }
            finally
            {
                Interlocked.Decrement(ref _active);
            }
        }

        Release();
    }

    /// <summary>How many rows a worker takes at once.</summary>
    private void SetTake()
    {
        bool isNibbles = Batch.QueryCount == 1 && Batch.IsWorthNibbles(0);
        int blocks = isNibbles ? NibbleBlocksMax : BlocksMax;
        _blockRows = isNibbles ? TopKWorker.BlockRowsMax : TopKWorker.BlockRows(Batch.Stride);
        while (blocks > BlocksMin && IsTooMuch((long)blocks * _blockRows))
        {
            blocks /= 2;
        }

        _blocksPerTake = blocks;
    }

    private bool IsTooMuch(long rows) => rows > Batch.Items.ChunkRowCount || Batch.RowCount / rows < TakesMin;

    private void Work()
    {
        TopKWorker worker = _workers[Interlocked.Increment(ref _joined) - 1];
        worker.Begin(Batch);
        long blockCount = (Batch.RowCount + (long)_blockRows - 1) / _blockRows;
        while (true)
        {
            long end = Interlocked.Add(ref _nextBlock, _blocksPerTake);
            long firstRow = (end - _blocksPerTake) * _blockRows;
            long rowCount = Math.Min((long)_blocksPerTake * _blockRows, Batch.RowCount - firstRow);
            if (rowCount > 0)
            {
                worker.ScanSpan((int)firstRow, (int)rowCount, _blockRows);
            }

            if (end >= blockCount)
            {
                break;
            }
        }

        worker.End();
    }

    private void Merge()
    {
        TopKWorker own = _workers[0];
        for (int query = 0; query < Batch.QueryCount; query++)
        {
            TopKSelection selection = own.Selection(query);
            for (int other = 1; other < _joined; other++)
            {
                foreach (ulong key in _workers[other].Selection(query).Keys)
                {
                    selection.OfferKey(key);
                }
            }

            TopKRequest request = Batch.Request(query);

            // Every row that a floor dropped scores below it: K exact scores that reach it prove it low enough.
            if (float.IsNegativeInfinity(Batch.Floor(query))
                || (selection.IsFull && selection.Threshold >= Batch.Floor(query)))
            {
                request.Count = selection.Drain(request.Results);
            }
            else
            {
                _fallenShort.Add(request);
            }
        }
    }

    /// <summary>Answers queries whose floor was too high without one. The job is closed, the caller alone.</summary>
    private void RunAgain()
    {
        Batch.Prepare(Batch.Items, CollectionsMarshal.AsSpan(_fallenShort), Batch.UsesCodes);
        Batch.IsShared = false;
        _fallenShort.Clear();
        _nextBlock = 0;
        _joined = 0;
        Work();
        Merge();
    }

    private bool TryEnter()
    {
        int active = Volatile.Read(ref _active);
        while ((active & ClosedFlag) == 0)
        {
            int seen = Interlocked.CompareExchange(ref _active, active + 1, active);
            if (seen == active)
            {
                return true;
            }

            active = seen;
        }

        return false;
    }

    /// <summary>Lets no more helpers in and waits for those inside: at most the few blocks they hold.</summary>
    private void Close()
    {
        Interlocked.Or(ref _active, ClosedFlag);
        SpinWait spin = default;
        while (Volatile.Read(ref _active) != ClosedFlag)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            pool.Return(this);
        }
    }

    private void EnsureWorkers(int count)
    {
        int held = _workers.Length;
        if (held < count)
        {
            Array.Resize(ref _workers, count);
            for (int index = held; index < count; index++)
            {
                _workers[index] = new TopKWorker();
            }
        }
    }
}
