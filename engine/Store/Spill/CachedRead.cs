using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ebb.Engine.Store.Spill;

/// <summary>
/// Reads what the system holds in memory and never waits for the disk (Linux: preadv2 with RWF_NOWAIT). Any thread.
/// </summary>
internal static unsafe partial class CachedRead
{
    // RWF_NOWAIT of linux/fs.h.
    private const int NoWait = 8;

    private static volatile bool _isMissing = !OperatingSystem.IsLinux();

    /// <summary>
    /// False: not all of the bytes are in memory, or nobody here can tell without waiting; the span may be written to.
    /// </summary>
    internal static bool TryRead(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        if (_isMissing)
        {
            return false;
        }

        try
        {
            fixed (byte* first = bytes)
            {
                var part = new Part { First = first, Length = (nuint)bytes.Length };
                return ReadAt(file, &part, 1, (nint)offset, NoWait) == bytes.Length;
            }
        }
        catch (EntryPointNotFoundException)
        {
            // A C library before 2018.
            _isMissing = true;
            return false;
        }
    }

    // SAFETY: one part of memory that is pinned over the call; SafeFileHandle keeps the descriptor open. off_t is a
    // machine word on the 64-bit systems that .NET runs on.
    [LibraryImport("libc", EntryPoint = "preadv2")]
    private static partial nint ReadAt(SafeFileHandle file, Part* parts, int count, nint offset, int flags);

    /// <summary>C's iovec.</summary>
    private struct Part
    {
        public byte* First;
        public nuint Length;
    }
}
