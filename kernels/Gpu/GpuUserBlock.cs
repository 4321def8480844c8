#if EBB_ILGPU
using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;
using Ebb.Kernels.TopK;

namespace Ebb.Kernels.Gpu;

/// <summary>
/// The part of a batch's block that the users take who come along: a record a query, then banks, references,
/// coefficients and drift's weights, so many bytes a query. Says where, and writes them; the memory is the block's.
/// </summary>
internal sealed unsafe class GpuUserBlock
{
    private const int Alignment = 16;

    private long _records;
    private long _figures;
    private long _bankBytes;
    private long _vectorBytes;
    private long _coefficientBytes;
    private long _bytesAUser;

    /// <summary>Of the users of this batch; null: nobody came along.</summary>
    public BankShape? Shape { get; private set; }

    /// <summary>Device address of the records, less the block's.</summary>
    public long Records => _records;

    /// <summary>Takes what the batch needs. One batch, one shape: users of another go to the CPU.</summary>
    /// <param name="batch">Requests, with users or without.</param>
    /// <param name="padded">Queries that the block has room for.</param>
    /// <param name="take">Room in the block.</param>
    public void Plan(ReadOnlySpan<TopKRequest> batch, int padded, Func<long, long> take)
    {
        Shape = null;
        foreach (TopKRequest request in batch)
        {
            Shape ??= request.User?.Shape;
        }

        if (Shape is null)
        {
            return;
        }

        _bankBytes = Padded(Shape.BankLength * sizeof(float));
        _vectorBytes = Padded(Shape.Dimension * sizeof(float));
        _coefficientBytes = Padded(Shape.HalfLifeCount * sizeof(double));
        _bytesAUser = _bankBytes + (2 * _vectorBytes) + _coefficientBytes;
        _records = take((long)padded * GpuServedUser.Bytes);
        _figures = take(padded * _bytesAUser);
    }

    /// <summary>Before the records are written.</summary>
    public void Clear(byte* start, int padded)
    {
        if (Shape is not null)
        {
            new Span<byte>(start + _records, padded * GpuServedUser.Bytes).Clear();
        }
    }

    /// <param name="start">The block on the host.</param>
    /// <param name="device">The block's address on the device.</param>
    /// <param name="query">The user's place.</param>
    /// <param name="user">Checked at the door; of this batch's shape.</param>
    public void Write(byte* start, long device, int query, TopKUser user)
    {
        long bank = _figures + (query * _bytesAUser);
        long reference = bank + _bankBytes;
        long attention = reference + _vectorBytes;
        long coefficients = attention + _vectorBytes;
        user.Bank.CopyTo(new Span<float>(start + bank, user.Bank.Length));
        user.Coefficients.Span.CopyTo(new Span<double>(start + coefficients, user.Coefficients.Length));
        bool isWeighted = false;
        if (user.Reference.Length != 0)
        {
            user.Reference.CopyTo(new Span<float>(start + reference, user.Reference.Length));
            isWeighted = user.Measure.Distance is DriftDistance.Attention or DriftDistance.AttentionSquared;
        }

        if (isWeighted)
        {
            user.Measure.Attention.Span.CopyTo(new Span<float>(start + attention, user.Reference.Length));
        }

        ((GpuServedUser*)(start + _records))[query] = new GpuServedUser
        {
            Bank = bank / sizeof(float),
            Reference = user.Reference.Length == 0 ? 0 : reference / sizeof(float),
            Coefficients = device + coefficients,
            Attention = isWeighted ? device + attention : 0,
            ElapsedMs = user.ElapsedMs,
            KeepBelow = user.KeepBelow,
            Distance = (int)user.Measure.Distance,
            IsRaw = user.Measure.Raw ? 1 : 0,
        };
    }

    private static long Padded(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}
#endif
