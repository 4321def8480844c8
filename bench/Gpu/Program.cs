using Ebb.Bench.Gpu;
using Ebb.Kernels.Gpu;

GpuOptions options;
try
{
    options = GpuOptions.Parse(args);
}
catch (FormatException wrong)
{
    Console.Error.WriteLine($"ebb-gpu-bench: {wrong.Message}");
    return 2;
}

try
{
#if EBB_ILGPU
    using GpuDevice device = options.IsEmulated
        ? GpuDevice.OpenEmulated(warpCount: 2, isProfiled: true)
        : GpuDevice.OpenCuda(isProfiled: true);
    GpuReport report = new GpuRun(options, device).Run();
    report.WriteTable(Console.Out);
    Console.WriteLine();
    Console.WriteLine(System.Text.Json.JsonSerializer.Serialize(report));
    return 0;
#else
    throw new GpuUnavailableException("this build has no ILGPU");
#endif
}
catch (GpuUnavailableException missing)
{
    Console.Error.WriteLine($"ebb-gpu-bench: no CUDA device: {missing.Message}");
    return 3;
}
