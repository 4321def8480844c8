using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Ebb.Bench.Wire;

/// <summary>
/// Linux readiness for many sockets on one thread, so that the generator costs every peer the same and little: no
/// thread pool, no read that finds nothing. Used by one thread.
/// </summary>
internal sealed unsafe partial class Epoll : IDisposable
{
    private const int EventCountMax = 256;
    private const int Add = 1;
    private const uint Readable = 1;
    private const int SetTimerSlack = 29;
    private const int ErrorInterrupted = 4;
    private const long NanosPerSecond = 1_000_000_000;

    // struct epoll_event { u32 events; u64 data }: packed on x64 alone.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventBytes = DataOffset + sizeof(ulong);

    private readonly int _handle;
    private readonly byte[] _events = new byte[EventCountMax * 16];

    public Epoll()
    {
        _handle = Create(0);
        if (_handle < 0)
        {
            throw new IOException("epoll_create1 failed");
        }
    }

    /// <summary>Reports the socket as this number whenever it has bytes to read.</summary>
    public void Watch(Socket socket, int number)
    {
        byte* wanted = stackalloc byte[16];
        *(uint*)wanted = Readable;
        *(ulong*)(wanted + DataOffset) = (ulong)number;

        // SAFETY: the kernel copies the event before it returns; the socket outlives this object's use.
        if (Control(_handle, Add, (int)socket.Handle, wanted) != 0)
        {
            throw new IOException("epoll_ctl failed");
        }
    }

    /// <summary>The calling thread's timeouts are no longer gathered with others' (50 µs).</summary>
    public static void WakePrecisely() => _ = ControlProcess(SetTimerSlack, 1, 0, 0, 0);

    /// <summary>Waits for at least one socket; the numbers of those that can be read, none when the time is
    /// over.</summary>
    public int Wait(Span<int> ready, long timeoutNanos)
    {
        // struct timespec { i64 seconds; i64 nanoseconds }.
        long* timeout = stackalloc long[2] { timeoutNanos / NanosPerSecond, timeoutNanos % NanosPerSecond };
        fixed (byte* events = _events)
        {
            // SAFETY: the buffer has room for EventCountMax events of at most 16 bytes.
            int count = Wait(_handle, events, Math.Min(EventCountMax, ready.Length), timeout, null);
            for (int index = 0; index < count; index++)
            {
                ready[index] = (int)*(ulong*)(events + (index * EventBytes) + DataOffset);
            }

            if (count < 0 && Marshal.GetLastPInvokeError() is not ErrorInterrupted and int error)
            {
                throw new IOException($"epoll_pwait2 failed (error {error}); it needs Linux 5.11");
            }

            return Math.Max(count, 0);
        }
    }

    public void Dispose() => Close(_handle);

    [LibraryImport("libc", EntryPoint = "epoll_create1")]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl")]
    private static partial int Control(int handle, int operation, int socket, byte* wanted);

    // Linux 5.11, glibc 2.35: epoll_wait counts in milliseconds.
    [LibraryImport("libc", EntryPoint = "epoll_pwait2", SetLastError = true)]
    private static partial int Wait(int handle, byte* events, int countMax, long* timeout, void* signals);

    // SAFETY: plain numbers; of the calling thread alone. Variadic in C, which Linux's calling conventions pass like
    // any other integer on x64 and arm64.
    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int ControlProcess(int option, nuint first, nuint second, nuint third, nuint fourth);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
