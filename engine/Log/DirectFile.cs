using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ebb.Engine.Log;

/// <summary>
/// Writes that go past the system's cache (O_DIRECT): a log is not read again, and finding it fresh cache pages costs
/// more than the disk (on a virtual machine whose host takes unused memory back 20 us each, measured: 15 % of a
/// server's time). A short write is quicker through the cache, where it waits for the sync alone. Memory, offset and
/// length must then be multiples of the disk's block. Only on Linux and only where the file system has it; elsewhere
/// nothing changes.
/// </summary>
internal static partial class DirectFile
{
    /// <summary>Every disk's block divides it.</summary>
    public const int AlignmentBytes = 4096;

    private const int GetFlags = 3;
    private const int SetFlags = 4;
    private const int ErrorInvalid = 22;

    private static int DirectFlag => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x10000 : 0x4000;

    /// <summary>From the next write on; refused in silence where the file system has no such writes.</summary>
    public static void Use(SafeFileHandle file, bool isDirect)
    {
        if (OperatingSystem.IsLinux() && Control(file, GetFlags, 0) is var flags and >= 0)
        {
            _ = Control(file, SetFlags, isDirect ? flags | DirectFlag : flags & ~DirectFlag);
        }
    }

    /// <summary>Writes; through the cache where the disk refuses this memory, length or place.</summary>
    public static void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        try
        {
            RandomAccess.Write(file, bytes, offset);
        }
        catch (IOException failure) when (failure.HResult == ErrorInvalid && TryTurnOff(file))
        {
            RandomAccess.Write(file, bytes, offset);
        }
    }

    private static bool TryTurnOff(SafeFileHandle file)
    {
        int flags = OperatingSystem.IsLinux() ? Control(file, GetFlags, 0) : -1;
        return flags >= 0 && (flags & DirectFlag) != 0 && Control(file, SetFlags, flags & ~DirectFlag) >= 0;
    }

    // SAFETY: two plain integers; SafeFileHandle keeps the descriptor open over the call. Variadic in C, which Linux's
    // calling conventions pass like any other integer on x64 and arm64.
    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command, nint argument);
}
