#if EBB_ILGPU
using System.Runtime.InteropServices;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;
using ILGPU;
using ILGPU.Runtime;

namespace Ebb.Kernels.Gpu;

/// <summary>
/// A batch as the one block of bytes that is copied in for it: codes, bounds, fp32 queries, rules, then the filters and
/// groups that rules point to, each once. Written in page-locked memory, so that the copy runs beside other work. A
/// slot's own; grows and is kept.
/// </summary>
internal sealed unsafe class GpuQueryBlock(Accelerator accelerator) : IDisposable
{
    private const int Alignment = 256;

    private readonly Dictionary<object, long> _shared = new(ReferenceEqualityComparer.Instance);
    private PageLockedArray1D<byte>? _host;
    private MemoryBuffer1D<byte, Stride1D.Dense>? _device;
    private long _end;

    /// <summary>Bytes of the last batch.</summary>
    public long Bytes => _end;

    /// <summary>Fills the block; requests that codes do not serve go to <paramref name="refused"/> instead.</summary>
    public GpuBatchView Fill(
        GpuItemMatrix items, ReadOnlySpan<TopKRequest> batch, List<TopKRequest> taken, List<TopKRequest> refused)
    {
        int padded = (batch.Length + GpuBatchView.QueryBlock - 1) / GpuBatchView.QueryBlock * GpuBatchView.QueryBlock;
        int stride = items.Host.Stride;
        _end = 0;
        _shared.Clear();
        long codes = Take((long)padded * items.CodeBytes);
        long bounds = Take(padded * 16L);
        long vectors = Take((long)padded * stride * sizeof(float));
        long rules = Take((long)padded * GpuRule.Bytes);
        long fixedEnd = _end;
        foreach (TopKRequest request in batch)
        {
            TakeShared(request, items.Count);
        }

        EnsureRoom(_end);
        fixed (byte* start = _host!.Span)
        {
            new Span<byte>(start, (int)fixedEnd).Clear();
            foreach (TopKRequest request in batch)
            {
                int query = taken.Count;
                sbyte* queryCodes = (sbyte*)(start + codes + ((long)query * items.CodeBytes));
                float* queryBounds = (float*)(start + bounds + (query * 16L));
                if (!GpuQueryCoder.TryCode(request.Query, queryCodes, queryBounds))
                {
                    refused.Add(request);
                    continue;
                }

                queryBounds[3] = request.Bias?.Highest() ?? 0;
                float* vector = (float*)(start + vectors) + ((long)query * stride);
                request.Query.CopyTo(new Span<float>(vector, stride));
                ((GpuRule*)(start + rules))[query] = Rule(request, items.Count);
                taken.Add(request);
            }

            CopyShared(start, batch, items.Count);
        }

        long device = _device!.NativePtr;
        return new GpuBatchView
        {
            Codes = device + codes,
            Bounds = device + bounds,
            Vectors = device + vectors,
            Rules = device + rules,
            QueryCount = taken.Count,
            HasRules = _shared.Count == 0 ? 0 : 1,
        };
    }

    /// <summary>Queues the copy; the block may be filled again when the stream has passed it.</summary>
    public void CopyIn(AcceleratorStream stream) =>
        _device!.View.BaseView.SubView(0, _end).CopyFromCPUUnsafeAsync(stream, ref _host!.Span[0], _end);

    public void Dispose()
    {
        _host?.Dispose();
        _device?.Dispose();
    }

    private long Take(long bytes)
    {
        long at = _end;
        _end += (bytes + Alignment - 1) / Alignment * Alignment;
        return at;
    }

    private void TakeShared(TopKRequest request, int rowCount)
    {
        if (request.Excluded is { } filter && _shared.TryAdd(filter, _end))
        {
            Take(FilterWords(filter, rowCount) * sizeof(ulong));
        }

        if (request.Bias is { } bias)
        {
            if (_shared.TryAdd(bias.Groups, _end))
            {
                Take(Math.Min(bias.Groups.Length, rowCount) * (long)sizeof(int));
            }

            if (_shared.TryAdd(bias.Biases, _end))
            {
                Take(bias.Biases.Length * (long)sizeof(float));
            }
        }
    }

    private void CopyShared(byte* start, ReadOnlySpan<TopKRequest> batch, int rowCount)
    {
        // Each once: what was copied is forgotten, its place was noted in the rules.
        foreach (TopKRequest request in batch)
        {
            if (request.Excluded is { } filter && TryPlace(filter, out long at))
            {
                Copy(start + at, filter.Words[..FilterWords(filter, rowCount)]);
            }

            if (request.Bias is { } bias)
            {
                if (TryPlace(bias.Groups, out at))
                {
                    Copy(start + at, bias.Groups.AsSpan(0, Math.Min(bias.Groups.Length, rowCount)));
                }

                if (TryPlace(bias.Biases, out at))
                {
                    Copy(start + at, bias.Biases);
                }
            }
        }
    }

    private bool TryPlace(object shared, out long at)
    {
        at = _shared[shared];
        bool isNew = at >= 0;
        _shared[shared] = -1;
        return isNew;
    }

    private static void Copy<T>(byte* target, ReadOnlySpan<T> source)
        where T : unmanaged => MemoryMarshal.AsBytes(source).CopyTo(new Span<byte>(target, source.Length * sizeof(T)));

    private static void Copy<T>(byte* target, Span<T> source)
        where T : unmanaged => Copy(target, (ReadOnlySpan<T>)source);

    private static void Copy(byte* target, float[] source) => Copy<float>(target, source.AsSpan());

    private GpuRule Rule(TopKRequest request, int rowCount)
    {
        long device = _device!.NativePtr;
        GpuRule rule = new()
        {
            K = request.K,
            ScoreMin = request.ScoreMin,
            Floor = MathF.BitDecrement(request.ScoreMin + 0.0f),
        };
        if (request.Excluded is { } filter)
        {
            rule.Filter = device + _shared[filter];
            rule.FilterRows = Math.Min(rowCount, FilterWords(filter, rowCount) * 64);
        }

        if (request.Bias is { } bias)
        {
            rule.Groups = device + _shared[bias.Groups];
            rule.GroupedRows = Math.Min(bias.Groups.Length, rowCount);
            rule.Biases = device + _shared[bias.Biases];
            rule.BiasCount = bias.Biases.Length;
        }

        return rule;
    }

    private static int FilterWords(ItemBitmap filter, int rowCount) =>
        Math.Min(filter.Words.Length, (int)(((long)rowCount + 63) / 64));

    private void EnsureRoom(long bytes)
    {
        if (_device is not null && _device.Length >= bytes)
        {
            return;
        }

        _host?.Dispose();
        _device?.Dispose();
        long room = (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)Math.Max(bytes, 1 << 16));
        _host = accelerator.AllocatePageLocked1D<byte>(room, uninitialized: false);
        _device = accelerator.Allocate1D<byte>(room);
    }
}
#endif
