#if EBB_ILGPU
using Ebb.Kernels.TopK;
using ILGPU;
using ILGPU.Runtime;

namespace Ebb.Kernels.Gpu;

/// <summary>
/// One of two batches in flight: a stream, the block that goes in, scratch on the device, the answer that comes out.
/// While one is on the device the other is filled or read. Owned by the thread that launches.
/// </summary>
internal sealed class GpuSlot(GpuDevice device) : IDisposable
{
    private MemoryBuffer1D<ulong, Stride1D.Dense>? _maxima;
    private MemoryBuffer1D<ulong, Stride1D.Dense>? _candidates;
    private MemoryBuffer1D<ulong, Stride1D.Dense>? _keys;
    private MemoryBuffer1D<ulong, Stride1D.Dense>? _best;
    private MemoryBuffer1D<int, Stride1D.Dense>? _counts;
    private MemoryBuffer1D<int, Stride1D.Dense>? _found;
    private MemoryBuffer1D<float, Stride1D.Dense>? _thresholds;
    private MemoryBuffer1D<Quad, Stride1D.Dense>? _factors;
    private PageLockedArray1D<ulong>? _hostBest;
    private PageLockedArray1D<int>? _hostFound;

    public AcceleratorStream Stream { get; } = device.Accelerator.CreateStream();

    public GpuQueryBlock Block { get; } = new(device.Accelerator);

    /// <summary>Requests in the order of the device's queries.</summary>
    public List<TopKRequest> Taken { get; } = [];

    public GpuScratch Scratch { get; private set; }

    public ReadOnlySpan<ulong> Best(int query) =>
        _hostBest!.Span.Slice(query * Scratch.BestStride, Math.Max(0, Found(query)));

    public int Found(int query) => _hostFound!.Span[query];

    /// <summary>Room for so many padded queries; all that is kept from batch to batch.</summary>
    public void Reserve(int queryCount, int capacity, int bestStride, int maximaStride)
    {
        Accelerator accelerator = device.Accelerator;
        Grow(ref _maxima, (long)queryCount * maximaStride);
        Grow(ref _candidates, (long)queryCount * capacity);
        Grow(ref _keys, (long)queryCount * capacity);
        Grow(ref _best, (long)queryCount * bestStride);
        Grow(ref _counts, queryCount);
        Grow(ref _found, queryCount);
        Grow(ref _thresholds, queryCount);
        Grow(ref _factors, queryCount);
        GrowHost(accelerator, ref _hostBest, _best!.Length);
        GrowHost(accelerator, ref _hostFound, _found!.Length);
        Scratch = new GpuScratch
        {
            Maxima = _maxima!.View.BaseView,
            Counts = _counts!.View.BaseView,
            Candidates = _candidates!.View.BaseView,
            Keys = _keys!.View.BaseView,
            Thresholds = _thresholds!.View.BaseView,
            Factors = _factors!.View.BaseView,
            Best = _best!.View.BaseView,
            Found = _found!.View.BaseView,
            Capacity = capacity,
            BestStride = bestStride,
            MaximaStride = maximaStride,
        };
    }

    /// <summary>Marks of the last batch, where the device is profiled: begin, copied in, scanned, copied out.</summary>
    public List<ProfilingMarker> Marks { get; } = [];

    public void Mark()
    {
        if (device.IsProfiled)
        {
            Marks.Add(Stream.AddProfilingMarker());
        }
    }

    /// <summary>Queues the copy of the answer.</summary>
    public void CopyOut()
    {
        int queryCount = Taken.Count;
        _found!.View.BaseView.SubView(0, queryCount)
            .CopyToCPUUnsafeAsync(Stream, ref _hostFound!.Span[0], queryCount);
        Block.CopyOut(Stream);
        long keyCount = (long)queryCount * Scratch.BestStride;
        _best!.View.BaseView.SubView(0, keyCount).CopyToCPUUnsafeAsync(Stream, ref _hostBest!.Span[0], keyCount);
    }

    public void Dispose()
    {
        Block.Dispose();
        _maxima?.Dispose();
        _candidates?.Dispose();
        _keys?.Dispose();
        _best?.Dispose();
        _counts?.Dispose();
        _found?.Dispose();
        _thresholds?.Dispose();
        _factors?.Dispose();
        _hostBest?.Dispose();
        _hostFound?.Dispose();
        Stream.Dispose();
    }

    private void Grow<T>(ref MemoryBuffer1D<T, Stride1D.Dense>? buffer, long length)
        where T : unmanaged
    {
        if (buffer is null || buffer.Length < length)
        {
            buffer?.Dispose();
            buffer = device.Accelerator.Allocate1D<T>(Math.Max(1, length));
        }
    }

    private static void GrowHost<T>(Accelerator accelerator, ref PageLockedArray1D<T>? array, long length)
        where T : unmanaged
    {
        if (array is null || array.Length < length)
        {
            array?.Dispose();
            array = accelerator.AllocatePageLocked1D<T>(length, uninitialized: false);
        }
    }
}
#endif
