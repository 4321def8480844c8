#if EBB_ILGPU
using Ebb.Kernels.Decay;
using ILGPU;
using ILGPU.Runtime;

namespace Ebb.Kernels.Gpu;

/// <summary>Launches the bank update.</summary>
internal delegate void UpdateLaunch(
    AcceleratorStream stream, KernelConfig config, GpuBankView shape, ArrayView<float> banks,
    ArrayView<BankRunGpu> runs, ArrayView<BankEventGpu> events);

/// <summary>The kernels that work on users, compiled for one device.</summary>
internal sealed class GpuUserKernels(Accelerator accelerator)
{
    public UpdateLaunch Update { get; } = new(
        accelerator.LoadKernel<GpuBankView, ArrayView<float>, ArrayView<BankRunGpu>, ArrayView<BankEventGpu>>(
            BankUpdateGpu.UpdateKernel));

    public Action<AcceleratorStream, KernelConfig, GpuBankView, GpuUserView, GpuMeasure> BlendDrift { get; } =
        accelerator.LoadKernel<GpuBankView, GpuUserView, GpuMeasure>(UserSweepGpu.BlendDriftKernel);

    public Action<AcceleratorStream, KernelConfig, GpuBankView, GpuUserView, ArrayView<float>> Fit { get; } =
        accelerator.LoadKernel<GpuBankView, GpuUserView, ArrayView<float>>(UserSweepGpu.FitKernel);

    public Action<AcceleratorStream, KernelConfig, GpuUserView, ArrayView<ulong>, int> BestUsers { get; } =
        accelerator.LoadKernel<GpuUserView, ArrayView<ulong>, int>(UserSweepGpu.BestUsersKernel);
}
#endif
