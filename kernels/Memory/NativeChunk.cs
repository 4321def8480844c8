using System.Runtime.InteropServices;

namespace Ebb.Kernels.Memory;

/// <summary>
/// One zeroed block of native memory and its share of a budget; both are given back when it is disposed or forgotten.
/// Large blocks start on a huge-page boundary. Fresh pages are taken from the system only when first touched.
/// </summary>
internal sealed unsafe class NativeChunk : SafeHandle
{
    private const int CacheLineBytes = 64;

    private readonly MemoryBudget _budget;
    private readonly long _bytes;

    /// <param name="bytes">Already reserved from <paramref name="budget"/> by the caller, owned from here on.</param>
    /// <param name="budget">Gets the bytes back.</param>
    public NativeChunk(long bytes, MemoryBudget budget)
        : base(0, ownsHandle: true)
    {
        _budget = budget;
        _bytes = bytes;
        nuint alignment = bytes >= HugePages.PageBytes ? HugePages.PageBytes : (nuint)CacheLineBytes;

        // SAFETY: the aligned start leaves at least `bytes` behind it; the slack is address space, never touched.
        void* allocation = NativeMemory.AllocZeroed((nuint)bytes + alignment);
        SetHandle((nint)allocation);
        Start = (float*)(((nuint)allocation + alignment - 1) & ~(alignment - 1));
        HugePages.Advise(Start, (nuint)bytes);
    }

    /// <summary>Valid until disposed.</summary>
    public float* Start { get; }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        // SAFETY: the pointer is the one AllocZeroed returned, and SafeHandle releases it once.
        NativeMemory.Free((void*)handle);
        _budget.Release(_bytes);
        return true;
    }
}
