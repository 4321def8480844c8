#if EBB_ILGPU
using System.Reflection;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;

namespace Ebb.Kernels.Gpu;

/// <summary>
/// The PTX of a kernel without a device: what a card of that architecture would be given. For the listings in the
/// notes and the tests that read them.
/// </summary>
internal static class PtxCompiler
{
    /// <summary>The context that devices, listings and tests share the settings of.</summary>
    public static Context CreateContext(Action<Context.Builder> configure)
    {
        Context context = Context.Create(builder =>
        {
            // Not O2: it marks branches as uniform (bra.uni) that depend on a lane, as soon as an intrinsic stands
            // between the lane and the branch, and the assembler may believe it.
            builder.Optimize(OptimizationLevel.O1);
            configure(builder);
        });
        GpuIntrinsicsPtx.Register(context);
        return context;
    }

    public static string Compile(Context context, MethodInfo kernel)
    {
        CudaArchitecture architecture = CudaArchitecture.SM_80;
        using PTXBackend backend = new(
            context, new CudaCapabilityContext(architecture), architecture, CudaInstructionSet.ISA_80, null);
        EntryPointDescription entry = EntryPointDescription.FromExplicitlyGroupedKernel(kernel);
        CompiledKernel compiled = backend.Compile(entry, default);
        return ((PTXCompiledKernel)compiled).PTXAssembly;
    }
}
#endif
