using System.Diagnostics;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Bench.Peers;

/// <summary>Loads the files, answers all queries in batches, round after round, and keeps times and lists.</summary>
internal sealed class TopKRun : IDisposable
{
    private readonly TopKOptions _options;
    private readonly CpuBackend _backend;
    private readonly ItemMatrix _items;
    private readonly TopKRequest[] _requests;
    private readonly DramRead? _dram;
    private readonly bool _isWall;

    public TopKRun(TopKOptions options)
    {
        _options = options;
        _isWall = options.IsWall || options.Threads != 1;
        _backend = new CpuBackend(options.Threads, !options.IsPlain);
        (float[] vectors, int rows, int columns) = NpyFile.ReadFloats(options.VectorsPath);
        _items = _backend.CreateItems(columns, new MemoryBudget(long.MaxValue));
        _items.EnsureCapacity(rows);
        long start = Stopwatch.GetTimestamp();
        for (int row = 0; row < rows; row++)
        {
            _items.Write(row, vectors.AsSpan(row * columns, columns));
        }

        LoadMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        _items.Publish(rows);
        (float[] queries, int queryCount, _) = NpyFile.ReadFloats(options.QueriesPath);
        ItemBitmap? excluded = options.Allowed == 1 ? null : Excluded(rows, options.Allowed);
        _requests =
        [
            .. Enumerable.Range(0, queryCount).Select(at => new TopKRequest
            {
                Query = queries.AsSpan(at * columns, columns).ToArray(),
                K = options.K,
                Excluded = excluded,
                ScoreMin = options.IsScanAlone ? 1e30f : float.NegativeInfinity,
                Results = new ScoredItem[options.K],
            }),
        ];
        _dram = options.IsFlushed ? new DramRead(_backend.ScanBytes(_items, options.Batch, options.K)) : null;
    }

    public double LoadMs { get; }

    public int QueryCount => _requests.Length;

    /// <summary>Milliseconds a batch, one figure a round: that round's mean.</summary>
    public List<double> BatchMs { get; } = [];

    /// <summary>Milliseconds to read as many bytes as the codes have, one figure a round.</summary>
    public List<double> DramMs { get; } = [];

    /// <summary>Rounds until the runtime has compiled for good what is called rarely: a server is warm.</summary>
    public void WarmUp()
    {
        long start = Stopwatch.GetTimestamp();
        do
        {
            Round(isTimed: false);

            // Methods are compiled again, in the background, when none was new for 0.1 s.
            Thread.Sleep(150);
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < 3);
    }

    public void Round(bool isTimed)
    {
        double totalMs = 0;
        int batchCount = 0;
        List<double> reads = [];
        for (int first = 0; first < _requests.Length; first += _options.Batch)
        {
            Span<TopKRequest> batch = _requests.AsSpan(first, Math.Min(_options.Batch, _requests.Length - first));
            if (_dram is not null)
            {
                reads.Add(_dram.MeasureMs(_isWall));
                _dram.Flush();
            }

            double start = Clock.NowMs(_isWall);
            _backend.TopK(_items, batch);
            totalMs += Clock.NowMs(_isWall) - start;
            batchCount++;
        }

        if (isTimed)
        {
            BatchMs.Add(totalMs / batchCount);
            DramMs.AddRange(reads.Count == 0 ? [] : [reads.Average()]);
        }
    }

    private static ItemBitmap Excluded(int rowCount, double allowed)
    {
        Random random = new(42);
        ItemBitmap excluded = new(rowCount);
        for (int row = 0; row < rowCount; row++)
        {
            excluded[row] = random.NextDouble() >= allowed;
        }

        return excluded;
    }

    public void WriteLists(string path)
    {
        int k = _options.K;
        int[] lists = new int[_requests.Length * k];
        Array.Fill(lists, -1);
        for (int at = 0; at < _requests.Length; at++)
        {
            for (int rank = 0; rank < _requests[at].Count; rank++)
            {
                lists[(at * k) + rank] = _requests[at].Results[rank].Index;
            }
        }

        NpyFile.WriteInts(path, lists, k);
    }

    public void Dispose()
    {
        _items.Dispose();
        _backend.Dispose();
        _dram?.Dispose();
    }
}
