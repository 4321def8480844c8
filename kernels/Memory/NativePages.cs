using System.Runtime.InteropServices;

namespace Ebb.Kernels.Memory;

/// <summary>
/// Zeroed memory straight from the system: pages cost nothing until touched, which malloc does not promise (it may
/// reuse and clear). On Linux 2 MiB pages are asked for, best effort: a scan of gigabytes otherwise spends its time on
/// page walks. Elsewhere the C allocator serves.
/// </summary>
internal static unsafe partial class NativePages
{
    public const int HugePageBytes = 2 << 20;

    private const int ReadWrite = 3;
    private const int PrivateAnonymousNoReserve = 0x2 | 0x20 | 0x4000;
    private const int AdviseHugePage = 14;
    private const int AdviseCollapse = 25;
    private const nint MapFailed = -1;

    public static bool IsMapped { get; } = OperatingSystem.IsLinux();

    /// <exception cref="OutOfMemoryException">The system refuses.</exception>
    public static nint Allocate(nuint bytes)
    {
        if (!IsMapped)
        {
            return (nint)NativeMemory.AllocZeroed(bytes);
        }

        nint address = Map(0, bytes, ReadWrite, PrivateAnonymousNoReserve, -1, 0);
        if (address == MapFailed)
        {
            throw new OutOfMemoryException($"the system refuses {bytes:N0} bytes of item memory");
        }

        // The whole mapping, so that neighbours stay one for the system. SAFETY: it is ours, and the advice changes no
        // contents. Its status is ignored on purpose: a system without huge pages answers EINVAL.
        _ = Advise(address, bytes, AdviseHugePage);
        return address;
    }

    /// <summary>
    /// Asks for 2 MiB pages under memory of any owner that is in use already, best effort: the system copies it into
    /// such pages where it has them (Linux 6.1 on; elsewhere nothing happens). Contents and addresses stay.
    /// </summary>
    public static void TryCollapse(nint address, nint bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // Each range by itself: one that another mapping begins in is refused, and the rest is not tried. SAFETY: the
        // advice changes no contents, and of a range that is not there it is an error that nobody asks for.
        nint first = address & ~((nint)HugePageBytes - 1);
        for (nint range = first; range < address + bytes; range += HugePageBytes)
        {
            _ = Advise(range, HugePageBytes, AdviseCollapse);
        }
    }

    // SAFETY: address and bytes are what Allocate was given and returned, and each block comes here once.
    public static void Free(nint address, nuint bytes)
    {
        if (IsMapped)
        {
            _ = Unmap(address, bytes);
        }
        else
        {
            NativeMemory.Free((void*)address);
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
