using System.Runtime.InteropServices;
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The queries of a batch as signed codes: q̂ = scale·b, b within ±127. Filled by the calling thread, then only read.
/// All figures are in units of the scale, so that they meet integer sums: score ≈ scale·tileScale·Σ b·c.
/// </summary>
internal sealed unsafe class QueryCodes
{
    private sbyte[] _codes = [];
    private int[] _starts = [];
    private int[] _nibbleStarts = [];
    private QueryBound[] _bounds = [];
    private int _stride;

    /// <summary>What the scan knows of a query. <see cref="QueryBound.Scale"/> 0: codes are no use for it.</summary>
    public ref readonly QueryBound Bound(int query) => ref _bounds[query];

    /// <summary>A group of four codes as one little-endian word.</summary>
    // SAFETY: the array is pinned and lives as long as this object.
    public int* Words(int query) => (int*)Marshal.UnsafeAddrOfPinnedArrayElement(_codes, query * _stride);

    /// <summary>What the query's sums start at, a word for each of <see cref="CodeScan.StartCount"/>.</summary>
    public int* Starts(int query) =>
        (int*)Marshal.UnsafeAddrOfPinnedArrayElement(_starts, query * CodeScan.StartCount(_stride));

    /// <summary>The same for <see cref="NibbleScan256"/>, which has a smaller offset to take out: one word.</summary>
    public int* NibbleStart(int query) => (int*)Marshal.UnsafeAddrOfPinnedArrayElement(_nibbleStarts, query);

    public void Reserve(int queryCount, int stride)
    {
        _stride = stride;
        if (_codes.Length < queryCount * stride)
        {
            _codes = GC.AllocateUninitializedArray<sbyte>(queryCount * stride, pinned: true);
        }

        if (_starts.Length < queryCount * CodeScan.StartCount(stride))
        {
            _starts = GC.AllocateUninitializedArray<int>(queryCount * CodeScan.StartCount(stride), pinned: true);
        }

        if (_bounds.Length < queryCount)
        {
            _bounds = new QueryBound[queryCount];
            _nibbleStarts = GC.AllocateUninitializedArray<int>(queryCount, pinned: true);
        }
    }

    /// <param name="query">Its place in the batch.</param>
    /// <param name="padded">Stride floats.</param>
    /// <param name="norm">At least ‖q‖.</param>
    public void Code(int query, float* padded, double norm)
    {
        int* words = Words(query);
        double needed = TileCoder.ScaleNeeded(
            padded, _stride, CodeFormat.QueryCodeMax, CodeFormat.QueryHalfNormMax(_stride));
        if (!(norm <= TileCoder.NormMax && needed >= TileCoder.ScaleMin))
        {
            _bounds[query] = default;
            return;
        }

        float scale = RoundedNorm.Ceiling(needed);
        sbyte* codes = (sbyte*)words;
        double squared = 0;
        double lost = 0;
        for (int d = 0; d < _stride; d++)
        {
            int code = (int)Math.Clamp(
                Math.Round(padded[d] / (double)scale), -CodeFormat.QueryCodeMax, CodeFormat.QueryCodeMax);
            codes[d] = (sbyte)code;
            squared += code * code;
            double off = padded[d] - ((double)scale * code);
            lost += off * off;
        }

        // The served score is itself a double sum, off by 2D·2^−53 of ‖q‖‖x‖ at most: it joins the query's own loss.
        double lostNorm = RoundedNorm.AboveDouble(lost) + (_stride * norm / (1L << 52));

        FillStarts(query, codes);

        // Powers of two: dividing floats by the unit is exact.
        int shift = CodeFormat.SumShift(_stride);
        float unit = 1 << shift;
        _bounds[query] = new QueryBound(
            scale * unit,
            RoundedNorm.Above(squared) / unit,
            RoundedNorm.Ceiling(lostNorm / scale * (1 + 1e-12)) / unit,
            shift == 0 ? 0 : 1);
    }

    private void FillStarts(int query, sbyte* codes)
    {
        int* starts = Starts(query);
        int startCount = CodeScan.StartCount(_stride);
        int length = startCount == 1 ? _stride : CodeFormat.SectionStride(_stride);
        for (int at = 0; at < startCount; at++)
        {
            (int low, int high) = Halves(codes, at * length, Math.Min(_stride, (at + 1) * length));
            starts[at] = CodeScan.Start(low, high);
            _nibbleStarts[query] = (ushort)(-NibbleFormat.LevelMax * low) | (-NibbleFormat.LevelMax * high << 16);
        }
    }

    /// <summary>Σb of dimensions d % 4 &lt; 2, and of the others.</summary>
    private static (int Low, int High) Halves(sbyte* codes, int from, int until)
    {
        int low = 0;
        int high = 0;
        for (int d = from; d < until; d++)
        {
            low += (d & 2) == 0 ? codes[d] : 0;
            high += (d & 2) == 0 ? 0 : codes[d];
        }

        return (low, high);
    }
}
