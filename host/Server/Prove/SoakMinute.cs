namespace Ebb.Server.Prove;

/// <summary>A minute of the soak: latency of ACT at its client, the server's cost of one, and what it holds.</summary>
internal sealed record SoakMinute(
    double P50Ms, double P99Ms, double CpuUs, double MemoryMiB, double Handles, double DiskMiB);
