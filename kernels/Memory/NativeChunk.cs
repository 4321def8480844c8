using System.Runtime.InteropServices;

namespace Ebb.Kernels.Memory;

/// <summary>
/// One zeroed block of native memory and its share of a budget; both are given back when it is disposed or forgotten.
/// It starts on a huge-page boundary; the slack before it is address space that is never touched.
/// </summary>
internal sealed unsafe class NativeChunk : SafeHandle
{
    private readonly MemoryBudget _budget;
    private readonly long _bytes;

    /// <param name="bytes">Already reserved from <paramref name="budget"/> by the caller, owned from here on.</param>
    /// <param name="budget">Gets the bytes back.</param>
    public NativeChunk(long bytes, MemoryBudget budget)
        : base(0, ownsHandle: true)
    {
        _budget = budget;
        _bytes = bytes;
        SetHandle(NativePages.Allocate(MappedBytes));

        // SAFETY: at most HugePageBytes − 1 are skipped, so at least `bytes` lie behind the start.
        Start = (float*)(((nuint)handle + NativePages.HugePageBytes - 1) & ~((nuint)NativePages.HugePageBytes - 1));
    }

    /// <summary>Valid until disposed.</summary>
    public float* Start { get; }

    public override bool IsInvalid => handle == 0;

    private nuint MappedBytes => (nuint)_bytes + NativePages.HugePageBytes;

    protected override bool ReleaseHandle()
    {
        NativePages.Free(handle, MappedBytes);
        _budget.Release(_bytes);
        return true;
    }
}
