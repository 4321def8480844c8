using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The requests of one call made ready for the scan: queries padded and laid one behind the other, their doubles, norms
/// and error coefficients. Filled by the calling thread, then only read. Buffers are pinned, grow and are kept.
/// </summary>
internal sealed unsafe class TopKBatch
{
    // A row scored exactly by itself, out of order, costs as much as so many rows of a scan, whose memory traffic a
    // batch shares.
    private const int ListedShareAlone = 16;
    private const int ListedShareInBatch = 64;
    private const int BatchCountMin = 4;

    private const int LineBytes = 64;

    private float[] _padded = [];
    private double[] _exact = [];
    private double[] _norms = [];
    private float[] _errors = [];
    private float[] _floors = [];
    private float[] _thresholds = [];
    private float[] _biasMax = [];
    private QueryPath[] _paths = [];
    private ItemBitmap? _counted;
    private int _countedRows;
    private TopKRequest[] _requests = [];

    /// <summary>Whether the code scan may take part.</summary>
    public bool UsesCodes { get; private set; }

    /// <summary>Whether sampled rows may give a query its first threshold.</summary>
    public bool UsesSample { get; private set; }

    /// <summary>Whether several workers may be on it, so that telling each other thresholds pays.</summary>
    public bool IsShared { get; set; }

    /// <summary>Bytes of codes from which on a query that is alone reads nibbles.</summary>
    public long NibblesFromBytes { get; set; } = NibbleScan.CodeBytesMin;

    /// <summary>The queries as codes, if they are used.</summary>
    public QueryCodes Codes { get; } = new();

    public NativeItemMatrix Items { get; private set; } = null!;

    public int RowCount { get; private set; }

    public int Dimension { get; private set; }

    public int Stride { get; private set; }

    public int QueryCount { get; private set; }

    /// <summary>What underflow can add to any dot product, in score units.</summary>
    public double AbsoluteError { get; private set; }

    public TopKRequest Request(int query) => _requests[query];

    public QueryPath Path(int query) => _paths[query];

    /// <summary>The most that a row's bias can add to this query's scores; 0 without one.</summary>
    public float BiasMax(int query) => _biasMax[query];

    /// <summary>What the sample promises the K-th best to reach; −∞ without a sample.</summary>
    public float Floor(int query) => _floors[query];

    /// <summary>
    /// The highest of the floor and the thresholds that workers have proved so far. Races lose a raise, never a proof.
    /// </summary>
    public float Threshold(int query) => Volatile.Read(ref _thresholds[query]);

    /// <summary>Whether the query is better off with nibbles than with codes, if no other shares the scan.</summary>
    public bool IsWorthNibbles(int query) =>
        _paths[query] == QueryPath.Codes
        && NibbleScan.IsWorthwhile(RowCount, Stride, _requests[query].K, NibblesFromBytes);

    /// <summary>At least ‖q‖.</summary>
    public double Norm(int query) => _norms[query];

    /// <summary>Error of a dot product per unit of the row's norm bound.</summary>
    public float Error(int query) => _errors[query];

    /// <summary>Stride floats, zero past D, and those of the queries after it.</summary>
    // SAFETY: the arrays are pinned and live as long as this object.
    public float* Padded(int query) =>
        (float*)Marshal.UnsafeAddrOfPinnedArrayElement(_padded, query * Stride);

    /// <summary>Asks for a row that will be scored soon.</summary>
    public void Prefetch(int index)
    {
        if (Sse.IsSupported)
        {
            byte* row = (byte*)Items.RowPointer(index);
            for (int at = 0; at < Stride * sizeof(float); at += LineBytes)
            {
                Sse.Prefetch0(row + at);
            }
        }
    }

    /// <summary>D doubles.</summary>
    public double* Exact(int query) =>
        (double*)Marshal.UnsafeAddrOfPinnedArrayElement(_exact, query * Dimension);

    /// <exception cref="ArgumentException">A query that cannot be scored; the message says which and why.</exception>
    public void Prepare(
        NativeItemMatrix items, ReadOnlySpan<TopKRequest> batch, bool usesCodes, bool usesSample = false)
    {
        Items = items;
        UsesCodes = usesCodes;
        UsesSample = usesCodes && usesSample;
        RowCount = items.Count;
        Dimension = items.Dimension;
        Stride = items.Stride;
        QueryCount = batch.Length;
        AbsoluteError = ScanBound.Absolute(Dimension);
        Reserve(batch.Length);
        Codes.Reserve(batch.Length, Stride);
        _padded.AsSpan().Clear();
        for (int query = 0; query < batch.Length; query++)
        {
            _requests[query] = batch[query];
            PrepareQuery(query, batch[query].Query);
        }
    }

    /// <summary>Leaves the query to the fp32 scan, for all workers. Before they start.</summary>
    public void LeaveCodes(int query) => _paths[query] = QueryPath.Floats;

    /// <summary>Sets what a sample promises. Before the workers start.</summary>
    public void SetFloor(int query, float floor)
    {
        _floors[query] = floor;
        _thresholds[query] = floor;
    }

    /// <summary>Tells other workers of a threshold that K rows reach.</summary>
    public void Share(int query, float threshold)
    {
        if (threshold > _thresholds[query])
        {
            Volatile.Write(ref _thresholds[query], threshold);
        }
    }

    /// <summary>Lets go of the caller's objects.</summary>
    public void Clear()
    {
        Items = null!;
        _counted = null;
        _requests.AsSpan().Clear();
    }

    private void PrepareQuery(int query, float[] vector)
    {
        vector.CopyTo(_padded, query * Stride);
        Span<double> exact = _exact.AsSpan(query * Dimension, Dimension);
        double squared = 0;
        for (int d = 0; d < Dimension; d++)
        {
            exact[d] = vector[d];
            squared += exact[d] * exact[d];
        }

        _norms[query] = RoundedNorm.AboveDouble(squared);
        SetFloor(query, float.NegativeInfinity);
        _errors[query] = ScanBound.PerRowNorm(_norms[query], Dimension, DotScan.RoundingCount(Stride));
        if (UsesCodes)
        {
            Codes.Code(query, Padded(query), _norms[query]);
        }

        _biasMax[query] = _requests[query].Bias?.Highest() ?? 0;
        _paths[query] = PathOf(query);
    }

    private int ListedShare => QueryCount < BatchCountMin ? ListedShareAlone : ListedShareInBatch;

    private QueryPath PathOf(int query)
    {
        TopKRequest request = _requests[query];
        if (request.Excluded is { } excluded && AllowedRows(excluded) <= RowCount / ListedShare)
        {
            return QueryPath.Listed;
        }

        return UsesCodes && Codes.Bound(query).Scale > 0 && CodeWorker.IsWorthwhile(request.K, RowCount)
            ? QueryPath.Codes
            : QueryPath.Floats;
    }

    // Queries of one batch often share a filter: counted once.
    private int AllowedRows(ItemBitmap excluded)
    {
        if (_counted != excluded)
        {
            _counted = excluded;
            _countedRows = RowCount - excluded.CountSet(RowCount);
        }

        return _countedRows;
    }

    private void Reserve(int queryCount)
    {
        if (_padded.Length < queryCount * Stride)
        {
            _padded = GC.AllocateUninitializedArray<float>(queryCount * Stride, pinned: true);
        }

        if (_exact.Length < queryCount * Dimension)
        {
            _exact = GC.AllocateUninitializedArray<double>(queryCount * Dimension, pinned: true);
        }

        if (_norms.Length < queryCount)
        {
            _norms = new double[queryCount];
            _errors = new float[queryCount];
            _floors = new float[queryCount];
            _thresholds = new float[queryCount];
            _biasMax = new float[queryCount];
            _paths = new QueryPath[queryCount];
            _requests = new TopKRequest[queryCount];
        }
    }
}
