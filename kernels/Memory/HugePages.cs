using System.Runtime.InteropServices;

namespace Ebb.Kernels.Memory;

/// <summary>
/// Asks the kernel to back a range with 2 MiB pages: a scan of gigabytes otherwise spends its time on page walks.
/// Best effort: where it cannot be had, nothing changes.
/// </summary>
internal static partial class HugePages
{
    public const int PageBytes = 2 << 20;

    private const int AdviseHugePage = 14;

    private static readonly nuint SmallPageMask = (nuint)Environment.SystemPageSize - 1;

    public static unsafe void Advise(void* start, nuint bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        nuint first = ((nuint)start + SmallPageMask) & ~SmallPageMask;
        nuint end = ((nuint)start + bytes) & ~SmallPageMask;
        if (end <= first)
        {
            return;
        }

        try
        {
            // SAFETY: the range lies inside one allocation of ours; the advice changes no contents. Its status is
            // ignored on purpose: a kernel without huge pages answers EINVAL.
            _ = Madvise((nint)first, end - first, AdviseHugePage);
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            // A libc under another name: ordinary pages then.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Madvise(nint address, nuint length, int advice);
}
