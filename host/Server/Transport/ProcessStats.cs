using System.Globalization;

namespace Ebb.Server.Transport;

/// <summary>What the process spent so far: garbage collections, bytes allocated, CPU time. Any thread.</summary>
internal static class ProcessStats
{
    public static IEnumerable<KeyValuePair<string, string>> Read()
    {
        for (int generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            yield return Stat($"gc_gen{generation}", GC.CollectionCount(generation));
        }

        // Not precise: exact to the 8 KiB that each thread has taken ahead, and it stops nobody.
        yield return Stat("allocated_bytes", GC.GetTotalAllocatedBytes());
        yield return Stat("cpu_ms", (long)Environment.CpuUsage.TotalTime.TotalMilliseconds);
    }

    private static KeyValuePair<string, string> Stat(string name, long value) =>
        KeyValuePair.Create("process." + name, value.ToString(CultureInfo.InvariantCulture));
}
