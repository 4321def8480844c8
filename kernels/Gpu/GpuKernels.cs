#if EBB_ILGPU
using Ebb.Kernels.TopK;
using ILGPU;
using ILGPU.Runtime;
using ScanLaunch = System.Action<
    ILGPU.Runtime.AcceleratorStream,
    ILGPU.KernelConfig,
    Ebb.Kernels.Gpu.GpuItemView,
    Ebb.Kernels.Gpu.GpuBatchView,
    Ebb.Kernels.Gpu.GpuScratch,
    Ebb.Kernels.Gpu.GpuScanPlan>;

namespace Ebb.Kernels.Gpu;

/// <summary>The top-K kernels, compiled for one device when first made.</summary>
internal sealed class GpuKernels(Accelerator accelerator)
{
    public ScanLaunch Sample8 { get; } =
        accelerator.LoadKernel<GpuItemView, GpuBatchView, GpuScratch, GpuScanPlan>(CodeScanGpu.Sample8Kernel);

    public ScanLaunch Scan8 { get; } =
        accelerator.LoadKernel<GpuItemView, GpuBatchView, GpuScratch, GpuScanPlan>(CodeScanGpu.Scan8Kernel);

    public ScanLaunch Scan1 { get; } =
        accelerator.LoadKernel<GpuItemView, GpuBatchView, GpuScratch, GpuScanPlan>(CodeScanGpu.Scan1Kernel);

    public ScanLaunch SampleTiles { get; } =
        accelerator.LoadKernel<GpuItemView, GpuBatchView, GpuScratch, GpuScanPlan>(TileScanGpu.SampleKernel);

    public ScanLaunch ScanTiles { get; } =
        accelerator.LoadKernel<GpuItemView, GpuBatchView, GpuScratch, GpuScanPlan>(TileScanGpu.ScanKernel);

    public Action<AcceleratorStream, KernelConfig, GpuBatchView, GpuScratch, int> Threshold { get; } =
        accelerator.LoadKernel<GpuBatchView, GpuScratch, int>(TopKMergeGpu.ThresholdKernel);

    public Action<AcceleratorStream, KernelConfig, GpuItemView, GpuBatchView, GpuScratch> Merge { get; } =
        accelerator.LoadKernel<GpuItemView, GpuBatchView, GpuScratch>(TopKMergeGpu.MergeKernel);
}
#endif
