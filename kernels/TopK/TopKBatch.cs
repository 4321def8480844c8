using System.Runtime.InteropServices;
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The requests of one call made ready for the scan: queries padded and laid one behind the other, their doubles, norms
/// and error coefficients. Filled by the calling thread, then only read. Buffers are pinned, grow and are kept.
/// </summary>
internal sealed unsafe class TopKBatch
{
    private float[] _padded = [];
    private double[] _exact = [];
    private double[] _norms = [];
    private float[] _errors = [];
    private TopKRequest[] _requests = [];

    /// <summary>Whether the code scan may take part.</summary>
    public bool UsesCodes { get; private set; }

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

    /// <summary>At least ‖q‖.</summary>
    public double Norm(int query) => _norms[query];

    /// <summary>Error of a dot product per unit of the row's norm bound.</summary>
    public float Error(int query) => _errors[query];

    /// <summary>Stride floats, zero past D, and those of the queries after it.</summary>
    // SAFETY: the arrays are pinned and live as long as this object.
    public float* Padded(int query) =>
        (float*)Marshal.UnsafeAddrOfPinnedArrayElement(_padded, query * Stride);

    /// <summary>D doubles.</summary>
    public double* Exact(int query) =>
        (double*)Marshal.UnsafeAddrOfPinnedArrayElement(_exact, query * Dimension);

    /// <exception cref="ArgumentException">A query that cannot be scored; the message says which and why.</exception>
    public void Prepare(NativeItemMatrix items, ReadOnlySpan<TopKRequest> batch, bool usesCodes)
    {
        Items = items;
        UsesCodes = usesCodes;
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

    /// <summary>Lets go of the caller's objects.</summary>
    public void Clear()
    {
        Items = null!;
        _requests.AsSpan(0, QueryCount).Clear();
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
        _errors[query] = ScanBound.PerRowNorm(_norms[query], Dimension, DotScan.RoundingCount(Stride));
        if (UsesCodes)
        {
            Codes.Code(query, Padded(query), _norms[query]);
        }
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
            _requests = new TopKRequest[queryCount];
        }
    }
}
