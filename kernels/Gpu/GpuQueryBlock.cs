#if EBB_ILGPU
using System.Runtime.InteropServices;
using Ebb.Kernels.Decay;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;
using ILGPU;
using ILGPU.Runtime;

namespace Ebb.Kernels.Gpu;

/// <summary>
/// A batch as the one block of bytes that is copied in for it: codes, bounds, rules, fp32 queries, users who come
/// along, then the filters and groups that rules point to, each once. Written in page-locked memory, so that the copy
/// runs beside other work. A slot's own; grows and is kept.
/// </summary>
internal sealed unsafe class GpuQueryBlock(Accelerator accelerator) : IDisposable
{
    private const int Alignment = 256;

    private readonly GpuUserBlock _users = new();
    private readonly Dictionary<object, long> _shared = new(ReferenceEqualityComparer.Instance);
    private PageLockedArray1D<byte>? _host;
    private MemoryBuffer1D<byte, Stride1D.Dense>? _device;
    private sbyte[] _codes = [];
    private long _vectors;
    private long _outcomes;
    private long _outcomesEnd;
    private int _stride;
    private long _end;

    /// <summary>Of the users who came along with the last batch; null: none did.</summary>
    public BankShape? Shape => _users.Shape;

    /// <summary>For the kernel that makes their queries.</summary>
    public GpuServedView Served { get; private set; }

    /// <summary>Bytes of the last batch.</summary>
    public long Bytes => _end;

    /// <summary>Fills the block; requests that codes do not serve go to <paramref name="refused"/> instead.</summary>
    public GpuBatchView Fill(
        GpuItemMatrix items, ReadOnlySpan<TopKRequest> batch, bool isTiled, List<TopKRequest> taken,
        List<TopKRequest> refused)
    {
        int padded = (batch.Length + GpuBatchView.QueryBlock - 1) / GpuBatchView.QueryBlock * GpuBatchView.QueryBlock;
        _stride = items.Host.Stride;
        _end = 0;
        _shared.Clear();
        long codes = Take((long)padded * items.CodeBytes);
        long bounds = Take(padded * 16L);
        long rules = Take((long)padded * GpuRule.Bytes);
        _vectors = Take((long)padded * _stride * sizeof(float));
        _outcomes = Take((long)padded * GpuOutcome.Bytes);
        _outcomesEnd = _end;
        _users.Plan(batch, padded, Take);
        foreach (TopKRequest request in batch)
        {
            TakeShared(request, items.Count);
        }

        EnsureRoom(_end);
        fixed (byte* start = _host!.Span)
        {
            new Span<byte>(start, (int)_outcomesEnd).Clear();
            _users.Clear(start, padded);
            foreach (TopKRequest request in batch)
            {
                int query = taken.Count;
                float* queryBounds = (float*)(start + bounds + (query * 16L));
                (nint Start, nint Codes, nint Bounds) to = ((nint)start, (nint)(start + codes), (nint)queryBounds);
                if (!TryWrite(request, query, to, (items.CodeBytes, isTiled)))
                {
                    refused.Add(request);
                    continue;
                }

                queryBounds[3] = request.Bias?.Highest() ?? 0;
                ((GpuRule*)(start + rules))[query] = Rule(request, items.Count);
                taken.Add(request);
            }

            CopyShared(start, batch, items.Count);
        }

        long device = _device!.NativePtr;
        Served = ServedView(codes, bounds, (items.CodeBytes, isTiled), taken.Count);
        return new GpuBatchView
        {
            Codes = device + codes,
            Bounds = device + bounds,
            Vectors = device + _vectors,
            Rules = device + rules,
            Outcomes = Shape is null ? 0 : device + _outcomes,
            QueryCount = taken.Count,
            HasRules = _shared.Count == 0 ? 0 : 1,
        };
    }

    /// <summary>Queues the copy; the block may be filled again when the stream has passed it.</summary>
    public void CopyIn(AcceleratorStream stream) =>
        _device!.View.BaseView.SubView(0, _end).CopyFromCPUUnsafeAsync(stream, ref _host!.Span[0], _end);

    /// <summary>Queues the copy of what was read of the users: queries, scales, drifts.</summary>
    public void CopyOut(AcceleratorStream stream)
    {
        if (Shape is not null)
        {
            long bytes = _outcomesEnd - _vectors;
            _device!.View.BaseView.SubView(_vectors, bytes)
                .CopyToCPUUnsafeAsync(stream, ref _host!.Span[(int)_vectors], bytes);
        }
    }

    /// <summary>Gives a request whose user came along what was read of him; when the stream has passed it.</summary>
    /// <returns>One of <see cref="GpuOutcome"/>'s states.</returns>
    public int TakeOutcome(int query, TopKRequest request, TopKUser user)
    {
        fixed (byte* start = _host!.Span)
        {
            GpuOutcome outcome = ((GpuOutcome*)(start + _outcomes))[query];
            float* vector = (float*)(start + _vectors) + ((long)query * _stride);
            new Span<float>(vector, request.Query.Length).CopyTo(request.Query);
            user.Exponent = outcome.Exponent;
            user.Drift = outcome.Drift;
            user.IsKept = outcome.State == GpuOutcome.Kept;
            return (int)outcome.State;
        }
    }

    public void Dispose()
    {
        _host?.Dispose();
        _device?.Dispose();
    }

    private GpuServedView ServedView(long codes, long bounds, (int CodeBytes, bool IsTiled) layout, int queryCount)
    {
        ArrayView<byte> block = _device!.View.BaseView;
        return new GpuServedView
        {
            Floats = block.Cast<float>(),
            Bytes = block.Cast<sbyte>(),
            Doubles = block.Cast<double>(),
            Users = _device.NativePtr + _users.Records,
            Codes = codes,
            Bounds = bounds / sizeof(float),
            Vectors = _vectors / sizeof(float),
            Outcomes = _outcomes / sizeof(double),
            QueryCount = queryCount,
            Stride = _stride,
            CodeBytes = layout.CodeBytes,
            IsTiled = layout.IsTiled ? 1 : 0,
        };
    }

    /// <summary>The query as codes, or the user whom the device will make it of. False: this is for the CPU.</summary>
    private bool TryWrite(
        TopKRequest request, int query, (nint Start, nint Codes, nint Bounds) to, (int CodeBytes, bool IsTiled) layout)
    {
        byte* start = (byte*)to.Start;
        if (request.User is { } user)
        {
            if (!ReferenceEquals(user.Shape, Shape))
            {
                return false;
            }

            _users.Write(start, _device!.NativePtr, query, user);
            return true;
        }

        _codes = _codes.Length < layout.CodeBytes ? new sbyte[layout.CodeBytes] : _codes;
        fixed (sbyte* codes = _codes)
        {
            if (!GpuQueryCoder.TryCode(request.Query, codes, (float*)to.Bounds))
            {
                return false;
            }
        }

        // Words of four dimensions stay together; what is past D is zero already.
        sbyte* target = (sbyte*)to.Codes;
        for (int d = 0; d < request.Query.Length; d += 4)
        {
            int count = Math.Min(4, request.Query.Length - d);
            long at = GpuQueryLayout.Offset(query, d, layout.CodeBytes, layout.IsTiled);
            _codes.AsSpan(d, count).CopyTo(new Span<sbyte>(target + at, count));
        }

        request.Query.CopyTo(new Span<float>((float*)(start + _vectors) + ((long)query * _stride), _stride));
        return true;
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
