using System.Numerics;
using System.Runtime.InteropServices;
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>
/// One thread's code scan: which queries take part, their candidates, and the scan of a span of rows for all of them,
/// some queries at a time. A query for which too many rows survive leaves, and the fp32 scan has it from then on. A
/// query that is alone with many rows reads their nibbles instead, as long as those exclude enough.
/// </summary>
internal sealed unsafe class CodeWorker
{
    // K-th bests of few rows are poor thresholds: below this many rows for each of K the fp32 scan has less to do.
    private const int RowsPerResult = 256;

    // Rows that may survive: what random data leave while the threshold finds its level, K·ln(rows/K) times a factor of
    // 3 to 5 for the width of the bound, and one in so many: 24 rows of 64 dimensions, fewer of more, for a survivor
    // costs the same whatever the row that it saved the fp32 scan.
    private const int SurvivorsFree = 64;
    private const double SurvivorsPerResult = 8;
    private const int ElementsPerSurvivor = 24 * 64;
    private const int RowsPerSurvivorMin = 4;

    // Rows that nibbles may leave over for an exact score each: four times as many while the threshold climbs, then one
    // for so many elements, whose other half of memory traffic is what the nibbles saved.
    private const double RoughPerResult = 32;
    private const int ElementsPerRough = 64 * 128;

    // One in so many rows is scanned by codes even so: a low threshold lets ten times as many pass the wide bound of
    // nibbles as the narrow one of codes.
    private const int FinerShare = 32;

    private const int StepRowsMin = 4 * CodeFormat.TileRows;
    private static readonly int HitsBytes = Math.Max(
        CodeSpan.LimitStep * CodeScan.HitBytes(CodeScan.LanesMax), CodeSpan.LoneTilesMax * CodeScan.OneHitBytes);

    private readonly byte[] _hits = GC.AllocateArray<byte>(HitsBytes, pinned: true);
    private readonly int[] _limits = GC.AllocateArray<int>(CodeSpan.LimitStep * CodeScan.LanesMax, pinned: true);
    private readonly int[] _sums = GC.AllocateArray<int>(64, pinned: true);
    private readonly PackedQueries _packed = new();
    private int[] _queries = [];
    private CodedCandidates[] _candidates = [];
    private TopKBatch _batch = null!;
    private int _count;
    private bool _usesNibbles;
    private long _scannedRows;
    private long _survivedMax;

    /// <summary>Queries that take part; the others belong to the fp32 scan.</summary>
    public ReadOnlySpan<int> Queries => _queries.AsSpan(0, _count);

    /// <summary>Whether any query may be costly: no question for all of them after each take.</summary>
    public bool MayBeCostly => _survivedMax > SurvivorsFree + SurvivorsShare;

    // Survivors that the rows scanned so far are worth whatever the query.
    private long SurvivorsShare =>
        Math.Min(_scannedRows * _batch.Stride / ElementsPerSurvivor, _scannedRows / RowsPerSurvivorMin);

    /// <summary>Whether more rows survived so far than the codes save.</summary>
    public bool IsCostly(int query)
    {
        double k = _candidates[query].K;
        double allowed = SurvivorsFree + (SurvivorsPerResult * k * (1 + Math.Log(Math.Max(1, _scannedRows / k))));
        return _candidates[query].SurvivedCount > allowed + SurvivorsShare;
    }

    public CodedCandidates Candidates(int query) => _candidates[query];

    /// <summary>Whether there are rows enough that the best K can be told from the rest by codes.</summary>
    public static bool IsWorthwhile(int k, int rowCount) => (long)k * RowsPerResult <= rowCount;

    public void Begin(TopKBatch batch)
    {
        Reset(batch);
        for (int query = 0; query < batch.QueryCount; query++)
        {
            if (batch.Path(query) == QueryPath.Codes)
            {
                TopKRequest request = batch.Request(query);
                _candidates[query].Reset(request.K, request.ScoreMin, batch.RowCount);
                _candidates[query].Raise(batch.Floor(query));
                _queries[_count++] = query;
            }
        }

        _usesNibbles = _count == 1 && batch.IsWorthNibbles(_queries[0]);
        Pack();
    }

    /// <summary>Begins with the queries for which a sample is worth its rows, each with its rank there for K.</summary>
    public void BeginSample(TopKBatch batch)
    {
        Reset(batch);
        for (int query = 0; query < batch.QueryCount; query++)
        {
            TopKRequest request = batch.Request(query);
            int rank = batch.Path(query) == QueryPath.Codes ? ThresholdSample.Rank(request.K, batch.RowCount) : 0;
            if (rank != 0)
            {
                _candidates[query].Reset(rank, request.ScoreMin, ThresholdSample.Rows(batch.RowCount));
                _queries[_count++] = query;
            }
        }

        Pack();
    }

    public void End() => _batch = null!;

    /// <summary>Takes the query out.</summary>
    public void Leave(int query)
    {
        int at = Queries.IndexOf(query);
        Queries[(at + 1)..].CopyTo(_queries.AsSpan(at));
        _count--;
        Pack();
    }

    /// <summary>Takes over what other workers have proved, and tells them.</summary>
    public void ShareThresholds()
    {
        foreach (int query in Queries)
        {
            _batch.Share(query, _candidates[query].Threshold);
            _candidates[query].Raise(_batch.Threshold(query));
        }
    }

    /// <summary>Rows [firstRow, firstRow + rowCount) of one chunk, starting with a tile.</summary>
    public void Scan(int firstRow, int rowCount)
    {
        // While the threshold climbs fast, a limit grows old fast: never a quarter of what has been scanned.
        for (int row = 0; row < rowCount;)
        {
            long fresh = Math.Max(StepRowsMin, _scannedRows / 4 & ~(CodeFormat.TileRows - 1));
            int stepRows = (int)Math.Min(rowCount - row, fresh);
            ScanStep(firstRow + row, stepRows);
            row += stepRows;
        }
    }

    private void ScanStep(int firstRow, int rowCount)
    {
        int tileCount = (rowCount + CodeFormat.TileRows - 1) / CodeFormat.TileRows;
        _scannedRows += rowCount;
        if (UsesNibbles())
        {
            ScanNibbles(firstRow, tileCount);
            return;
        }

        byte* codes = _batch.Items.CodePointer(firstRow);
        byte* ahead = codes + ((long)tileCount * CodeFormat.TileRows * _batch.Stride);
        int lanes;
        for (int first = 0; first < _count; first += lanes)
        {
            lanes = CodeScan.Lanes(_count - first, _batch.Stride);
            (int from, int until) = AllowedTiles(first, lanes, firstRow, tileCount);
            CodeSpan span = new()
            {
                Codes = codes + ((long)from * CodeFormat.TileRows * _batch.Stride),
                TileCount = until - from,
                GroupCount = _batch.Stride / CodeFormat.GroupDimensions,
                Queries = _packed.Words(first),
                Starts = _packed.Starts(first),
                Sums = (byte*)Pointer(_sums),
                Shift = CodeFormat.SumShift(_batch.Stride),
                Limits = Pointer(_limits),
                Hits = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_hits, 0),
                Ahead = ahead,
            };
            if (from == until)
            {
                continue;
            }

            int row = firstRow + (from * CodeFormat.TileRows);
            if (lanes == 1)
            {
                ScanOne(&span, first, row);
            }
            else
            {
                ScanMany(&span, first, lanes, row);
            }

            ahead += tileCount * CodeFormat.GroupBytes;
        }
    }

    /// <summary>
    /// The tiles from the first to the last that hold a row which the filters of one of these queries let through: a
    /// catalogue laid out by category is skipped in stretches.
    /// </summary>
    private (int From, int Until) AllowedTiles(int firstLane, int lanes, int firstRow, int tileCount)
    {
        int from = tileCount;
        int until = 0;
        for (int at = firstLane; at < Math.Min(firstLane + lanes, _count); at++)
        {
            ItemBitmap? excluded = _batch.Request(_queries[at]).Excluded;
            if (excluded is null)
            {
                return (0, tileCount);
            }

            for (int tile = 0; tile < from; tile++)
            {
                from = HasAllowed(excluded, firstRow, tile) ? tile : from;
            }

            for (int tile = tileCount - 1; tile >= until; tile--)
            {
                until = HasAllowed(excluded, firstRow, tile) ? tile + 1 : until;
            }
        }

        return from < until ? (from, until) : (0, 0);
    }

    private static bool HasAllowed(ItemBitmap excluded, int firstRow, int tile)
    {
        int row = firstRow + (tile * CodeFormat.TileRows);
        return (ushort)(excluded.WordAt(row >> 6) >> (row & 48)) != ushort.MaxValue;
    }

    private bool UsesNibbles()
    {
        if (_scannedRows * FinerShare < _batch.RowCount)
        {
            return false;
        }

        if (_usesNibbles)
        {
            CodedCandidates candidates = _candidates[_queries[0]];
            double k = candidates.K;
            long share = SurvivorsFree + (_scannedRows * _batch.Stride / ElementsPerRough);
            double climb = RoughPerResult * k * (1 + Math.Log(Math.Max(1, _scannedRows / k)));
            _usesNibbles = candidates.RoughCount <= share + climb;
        }

        return _usesNibbles;
    }

    private void ScanNibbles(int firstRow, int tileCount)
    {
        (int from, int until) = AllowedTiles(0, 1, firstRow, tileCount);
        if (from == until)
        {
            return;
        }

        int query = _queries[0];
        int row = firstRow + (from * CodeFormat.TileRows);
        NibbleTile tiles = _batch.Items.Nibbles(row);
        CodeSpan span = new()
        {
            Codes = tiles.Nibbles,
            TileCount = until - from,
            GroupCount = _batch.Stride / CodeFormat.GroupDimensions,
            Queries = _batch.Codes.Words(query),
            Starts = _batch.Codes.NibbleStart(query),
            Limits = Pointer(_limits),
            Hits = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_hits, 0),
            Scales = tiles.Bounds.Scale,
            RowErrors = tiles.RowErrors,
        };
        CodedCandidates candidates = _candidates[query];
        Limit(query, candidates.Threshold, tiles.Bounds, span.TileCount, span.Limits);
        int hitCount = NibbleScan256.One(&span);

        // Asked for when they were collected, the rows of the step before have come from memory during this one.
        candidates.Refine(_batch, query);
        if (hitCount != 0)
        {
            CodeHits hits = Hits(query, &span, tiles.Bounds, row, hitCount);
            candidates.CollectRough(hits, tiles.RowErrors, Needed(query, candidates.Threshold), _batch, query);
        }
    }

    private void ScanOne(CodeSpan* span, int lane, int firstRow)
    {
        int query = _queries[lane];
        TileBounds bounds = _batch.Items.Bounds(firstRow);
        Limit(query, _candidates[query].Threshold, bounds, span->TileCount, span->Limits);
        span->Queries = _batch.Codes.Words(query);
        span->Starts = _batch.Codes.Starts(query);
        int hitCount = CodeScan.One(span);
        if (hitCount != 0)
        {
            Collect(query, Hits(query, span, bounds, firstRow, hitCount));
        }
    }

    /// <summary>The hits of a scan for one query.</summary>
    private CodeHits Hits(int query, CodeSpan* span, TileBounds bounds, int firstRow, int hitCount) => new()
    {
        Hits = span->Hits,
        HitCount = hitCount,
        HitBytes = CodeScan.OneHitBytes,
        SumsAt = CodeHits.HitHeadBytes,
        Limits = span->Limits,
        Bounds = bounds,
        FirstRow = firstRow,
        RowEnd = firstRow + (span->TileCount * CodeFormat.TileRows),
        Query = _batch.Codes.Bound(query),
        Excluded = _batch.Request(query).Excluded,
    };

    private void ScanMany(CodeSpan* span, int firstLane, int lanes, int firstRow)
    {
        TileBounds bounds = _batch.Items.Bounds(firstRow);
        int used = Math.Min(lanes, _count - firstLane);
        for (int lane = 0; lane < lanes; lane++)
        {
            // A lane without a query: only a saturated sum passes the highest threshold, and nobody asks for it. (Not
            // +∞, of which limits make NaN: no exclusion, and each tile would be a hit.)
            int query = _queries[firstLane + Math.Min(lane, used - 1)];
            float threshold = lane < used ? _candidates[query].Threshold : float.MaxValue;
            Limit(query, threshold, bounds, span->TileCount, span->Limits + (lane * CodeSpan.LimitStep));
        }

        int hitCount = CodeScan.Many(span, lanes);
        int hitBytes = CodeScan.HitBytes(lanes);
        uint left = CodeHits.LanesOf(span->Hits, hitCount, used, hitBytes, span->Limits);
        for (; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            int query = _queries[firstLane + lane];
            Collect(query, new CodeHits
            {
                Hits = span->Hits,
                HitCount = hitCount,
                HitBytes = hitBytes,
                SumsAt = CodeHits.HitHeadBytes + (lane * CodeHits.HitHeadBytes),
                Limits = span->Limits + (lane * CodeSpan.LimitStep),
                Bounds = bounds,
                FirstRow = firstRow,
                RowEnd = firstRow + (span->TileCount * CodeFormat.TileRows),
                Query = _batch.Codes.Bound(query),
                Excluded = _batch.Request(query).Excluded,
            });
        }
    }

    private void Limit(int query, float threshold, TileBounds bounds, int tileCount, int* limits)
    {
        float* factors = stackalloc float[3];
        CodeLimits.Factors(_batch.Codes.Bound(query), Needed(query, threshold), factors);
        CodeLimits.Fill(bounds, tileCount, factors, limits);
    }

    /// <summary>Bounds know the dot product alone: it must reach the threshold with the highest bias.</summary>
    private float Needed(int query, float threshold)
    {
        float biasMax = _batch.BiasMax(query);
        return biasMax == 0 ? threshold : MathF.BitDecrement(threshold - biasMax);
    }

    private void Collect(int query, in CodeHits hits)
    {
        CodedCandidates candidates = _candidates[query];
        candidates.Collect(hits, _batch, query);
        _survivedMax = Math.Max(_survivedMax, candidates.SurvivedCount);
    }

    private void Reset(TopKBatch batch)
    {
        _batch = batch;
        _count = 0;
        _usesNibbles = false;
        _scannedRows = 0;
        _survivedMax = 0;
        Reserve(batch.QueryCount);
    }

    private void Pack() => _packed.Pack(_batch, Queries);

    private void Reserve(int queryCount)
    {
        int held = _candidates.Length;
        if (held < queryCount)
        {
            _queries = new int[queryCount];
            Array.Resize(ref _candidates, queryCount);
            for (int query = held; query < queryCount; query++)
            {
                _candidates[query] = new CodedCandidates();
            }
        }
    }

    // SAFETY: the arrays are pinned and live as long as this object.
    private static int* Pointer(int[] pinned) => (int*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}
