using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Ebb.Bench.Load;

/// <summary>
/// Waits for a moment of <see cref="Stopwatch"/> and leaves the processor to the server meanwhile: a pacing thread that
/// yields until its time takes half of a machine with two. On Linux the system's own clock wakes it, some tens of
/// microseconds late, which the latency from the scheduled moment holds; elsewhere it yields through the last two
/// milliseconds. For one thread.
/// </summary>
internal sealed partial class DuePause : IDisposable
{
    private const int ClockMonotonic = 1;
    private const int AbsoluteTime = 1;
    private const int SetTimerSlack = 29;
    private const long NanosPerSecond = 1_000_000_000;

    // Stopwatch counts the nanoseconds of the monotonic clock there.
    private static readonly bool HasSystemClock =
        OperatingSystem.IsLinux() && Environment.Is64BitProcess && Stopwatch.Frequency == NanosPerSecond;

    private readonly ManualResetEventSlim _neverSet = new();

    /// <summary>On the thread that will wait: its timers are no longer gathered with others' (50 µs).</summary>
    public DuePause()
    {
        if (HasSystemClock)
        {
            _ = Control(SetTimerSlack, 1, 0, 0, 0);
        }
    }

    public void Until(long due)
    {
        while (due - Stopwatch.GetTimestamp() is var left and > 0)
        {
            if (HasSystemClock)
            {
                (long seconds, long nanos) = Math.DivRem(due, NanosPerSecond);
                _ = Sleep(ClockMonotonic, AbsoluteTime, new Moment { Seconds = (nint)seconds, Nanos = (nint)nanos }, 0);
                continue;
            }

            int leftMs = (int)Math.Min(left * 1000 / Stopwatch.Frequency, int.MaxValue);
            if (leftMs > 2)
            {
                _neverSet.Wait(leftMs - 2);
            }
            else
            {
                Thread.Yield();
            }
        }
    }

    public void Dispose() => _neverSet.Dispose();

    // SAFETY: reads the moment and, as the time is absolute, writes nothing. Woken early by a signal: waited for again.
    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    private static partial int Sleep(int clock, int flags, in Moment until, nint left);

    // SAFETY: plain numbers; of the calling thread alone. Variadic in C, which Linux's calling conventions pass like
    // any other integer on x64 and arm64.
    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nuint first, nuint second, nuint third, nuint fourth);

    /// <summary>C's timespec on 64-bit systems.</summary>
    private struct Moment
    {
        public nint Seconds;
        public nint Nanos;
    }
}
