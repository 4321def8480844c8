#if EBB_ILGPU
using Ebb.Kernels.TopK;
using ILGPU;
using ILGPU.Runtime;

namespace Ebb.Kernels.Gpu;

/// <summary>Launches a scan or a sample.</summary>
internal delegate void ScanLaunch(
    AcceleratorStream stream, KernelConfig config, GpuItemView items, GpuBatchView batch, GpuScratch scratch,
    GpuScanPlan plan);

/// <summary>The top-K kernels, compiled for one device when first made.</summary>
internal sealed class GpuKernels(Accelerator accelerator)
{
    public Action<AcceleratorStream, KernelConfig, GpuBankView, GpuServedView> ReadUsers { get; } =
        accelerator.LoadKernel<GpuBankView, GpuServedView>(ServedUsersGpu.ReadKernel);

    public ScanLaunch Sample8 { get; } = new(
        accelerator.LoadKernel<GpuItemView, GpuBatchView, GpuScratch, GpuScanPlan>(CodeScanGpu.Sample8Kernel));

    public ScanLaunch Scan8 { get; } = new(
        accelerator.LoadKernel<GpuItemView, GpuBatchView, GpuScratch, GpuScanPlan>(CodeScanGpu.Scan8Kernel));

    public ScanLaunch Scan1 { get; } = new(
        accelerator.LoadKernel<GpuItemView, GpuBatchView, GpuScratch, GpuScanPlan>(CodeScanGpu.Scan1Kernel));

    public ScanLaunch SampleTiles { get; } = new(
        accelerator.LoadKernel<GpuItemView, GpuBatchView, GpuScratch, GpuScanPlan>(TileScanGpu.SampleKernel));

    public ScanLaunch ScanTiles { get; } = new(
        accelerator.LoadKernel<GpuItemView, GpuBatchView, GpuScratch, GpuScanPlan>(TileScanGpu.ScanKernel));

    public Action<AcceleratorStream, KernelConfig, GpuBatchView, GpuScratch, int> Threshold { get; } =
        accelerator.LoadKernel<GpuBatchView, GpuScratch, int>(TopKMergeGpu.ThresholdKernel);

    public Action<AcceleratorStream, KernelConfig, GpuItemView, GpuBatchView, GpuScratch> Merge { get; } =
        accelerator.LoadKernel<GpuItemView, GpuBatchView, GpuScratch>(TopKMergeGpu.MergeKernel);
}
#endif
