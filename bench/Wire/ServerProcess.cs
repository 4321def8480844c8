using System.Globalization;

namespace Ebb.Bench.Wire;

/// <summary>CPU time of another process, from /proc: the one figure that every peer has.</summary>
internal static class ServerProcess
{
    private const double TicksPerSecond = 100;

    /// <summary>Seconds of user and kernel mode together; 0 for process 0.</summary>
    public static double CpuSeconds(int process)
    {
        if (process == 0)
        {
            return 0;
        }

        // Fields after the name, which may hold spaces: 12th and 13th are utime and stime.
        string stat = File.ReadAllText($"/proc/{process}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (double.Parse(fields[11], CultureInfo.InvariantCulture)
            + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }
}
