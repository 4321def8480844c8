#if EBB_ILGPU
using Ebb.Kernels.TopK;
using ILGPU;
using ILGPU.Runtime;

namespace Ebb.Kernels.Gpu;

/// <summary>The top-K kernels, compiled for one device when first made.</summary>
internal sealed class GpuKernels(Accelerator accelerator)
{
    public Action<AcceleratorStream, KernelConfig, GpuItemView, GpuBatchView, GpuScratch, GpuScanPlan> Sample8 { get; } =
        accelerator.LoadKernel<GpuItemView, GpuBatchView, GpuScratch, GpuScanPlan>(CodeScanGpu.Sample8Kernel);

    public Action<AcceleratorStream, KernelConfig, GpuItemView, GpuBatchView, GpuScratch, GpuScanPlan> Scan8 { get; } =
        accelerator.LoadKernel<GpuItemView, GpuBatchView, GpuScratch, GpuScanPlan>(CodeScanGpu.Scan8Kernel);

    public Action<AcceleratorStream, KernelConfig, GpuItemView, GpuBatchView, GpuScratch, GpuScanPlan> Scan1 { get; } =
        accelerator.LoadKernel<GpuItemView, GpuBatchView, GpuScratch, GpuScanPlan>(CodeScanGpu.Scan1Kernel);

    public Action<AcceleratorStream, KernelConfig, GpuItemView, GpuBatchView, GpuScratch, GpuScanPlan> SampleTiles { get; } =
        accelerator.LoadKernel<GpuItemView, GpuBatchView, GpuScratch, GpuScanPlan>(TileScanGpu.SampleKernel);

    public Action<AcceleratorStream, KernelConfig, GpuItemView, GpuBatchView, GpuScratch, GpuScanPlan> ScanTiles { get; } =
        accelerator.LoadKernel<GpuItemView, GpuBatchView, GpuScratch, GpuScanPlan>(TileScanGpu.ScanKernel);

    public Action<AcceleratorStream, KernelConfig, GpuBatchView, GpuScratch, int> Threshold { get; } =
        accelerator.LoadKernel<GpuBatchView, GpuScratch, int>(TopKMergeGpu.ThresholdKernel);

    public Action<AcceleratorStream, KernelConfig, GpuItemView, GpuBatchView, GpuScratch> Merge { get; } =
        accelerator.LoadKernel<GpuItemView, GpuBatchView, GpuScratch>(TopKMergeGpu.MergeKernel);
}
#endif
