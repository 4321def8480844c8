namespace Ebb.Bench.Gpu;

/// <summary>One row of the table; what has no meaning for it is null.</summary>
/// <param name="Work">What was done.</param>
/// <param name="CopyInMs">Device events around the copy in.</param>
/// <param name="KernelMs">Around the kernels.</param>
/// <param name="CopyOutMs">Around the copy out.</param>
/// <param name="LimitMs">The larger of bytes ÷ bandwidth and operations ÷ rate, both measured in this run.</param>
/// <param name="Left">Queries that the device left to the CPU.</param>
internal sealed record GpuLine(
    string Work, double? CopyInMs, double KernelMs, double? CopyOutMs, double LimitMs, int Left)
{
    public double ShareOfLimit => LimitMs / KernelMs;
}
