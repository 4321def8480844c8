using System.Diagnostics;

namespace Ebb.Bench.Peers;

/// <summary>
/// One thread: the process' CPU time, which neighbours on a shared machine stretch less than the time on the wall, and
/// which is the same for peers in other languages. More threads: the wall.
/// </summary>
internal static class Clock
{
    public static double NowMs(bool isWall) => isWall
        ? Stopwatch.GetElapsedTime(0).TotalMilliseconds
        : Environment.CpuUsage.TotalTime.TotalMilliseconds;
}
