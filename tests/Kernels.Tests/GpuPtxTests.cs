#if EBB_ILGPU
using System.Reflection;
using System.Text.RegularExpressions;
using Ebb.Kernels.Decay;
using Ebb.Kernels.Gpu;
using Ebb.Kernels.TopK;
using ILGPU;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>
/// What a card would be given, without a card: the instructions that the hot loops stand on, and no local memory.
/// </summary>
public sealed partial class GpuPtxTests
{
    private static readonly Lazy<Context> Shared = new(() => PtxCompiler.CreateContext(_ => { }));

    [Fact]
    public void Scan1Kernel_Ptx_LoadsSixteenBytesAndAddsFourProductsAtOnce()
    {
        string ptx = Entry(typeof(CodeScanGpu), nameof(CodeScanGpu.Scan1Kernel));
        Assert.DoesNotContain(".local", ptx);
        Assert.Contains("vote.sync.ballot.b32", ptx);
        Assert.Equal(16, Count(ptx, "dp4a.s32.s32"));

        // Four of rows, four of the query, the tile's bounds; two more where a candidate is looked at.
        Assert.Equal(11, Count(ptx, "ld.global.nc.v4.b32"));
    }

    [Fact]
    public void Scan8Kernel_Ptx_KeepsEightSumsInRegisters()
    {
        string ptx = Entry(typeof(CodeScanGpu), nameof(CodeScanGpu.Scan8Kernel));
        Assert.DoesNotContain(".local", ptx);
        Assert.Equal(8 * 16, Count(ptx, "dp4a.s32.s32"));
        Assert.DoesNotContain("call ", ptx);
    }

    [Fact]
    public void ScanTilesKernel_Ptx_MultipliesOnTensorCores()
    {
        string ptx = Entry(typeof(TileScanGpu), nameof(TileScanGpu.ScanKernel));
        Assert.DoesNotContain(".local", ptx);
        // 16 before the loop, whose sums start at minus the limits, and 16 in it.
        Assert.Equal(32, Count(ptx, "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32"));

        Assert.Contains("bar.warp.sync", ptx);

        // Registers only: a constant is no operand of mma.
        Assert.DoesNotMatch(ConstantInMma(), ptx);
        Assert.DoesNotContain("call ", ptx);
    }

    [Theory]
    [InlineData(typeof(CodeScanGpu), nameof(CodeScanGpu.Sample8Kernel))]
    [InlineData(typeof(TileScanGpu), nameof(TileScanGpu.SampleKernel))]
    [InlineData(typeof(TopKMergeGpu), nameof(TopKMergeGpu.ThresholdKernel))]
    [InlineData(typeof(TopKMergeGpu), nameof(TopKMergeGpu.MergeKernel))]
    public void AnyKernel_Ptx_UsesNoLocalMemoryAndNoCalls(Type owner, string kernel)
    {
        string ptx = Entry(owner, kernel);
        Assert.DoesNotContain(".local", ptx);
        Assert.DoesNotContain("call ", ptx);
    }

    [Theory]
    [InlineData(typeof(BankUpdateGpu), nameof(BankUpdateGpu.UpdateKernel))]
    [InlineData(typeof(UserSweepGpu), nameof(UserSweepGpu.BlendDriftKernel))]
    [InlineData(typeof(UserSweepGpu), nameof(UserSweepGpu.SweepKernel))]
    [InlineData(typeof(ServedUsersGpu), nameof(ServedUsersGpu.ReadKernel))]
    [InlineData(typeof(UserSweepGpu), nameof(UserSweepGpu.FitKernel))]
    [InlineData(typeof(UserSweepGpu), nameof(UserSweepGpu.BestUsersKernel))]
    public void UserKernels_Ptx_StoredArithmeticIsNeverFused(Type owner, string kernel)
    {
        string ptx = Entry(owner, kernel);
        Assert.DoesNotContain(".local", ptx);
        Assert.DoesNotContain("call ", ptx);
        Assert.DoesNotContain("fma.", ptx);
        Assert.DoesNotContain(".ftz", ptx);
        Assert.DoesNotContain(".approx", ptx);
    }

    [Fact]
    public void UpdateKernel_Ptx_NoProductOrSumIsLeftToTheAssembler()
    {
        // Without a rounding mode two instructions may become one. What is left over is the product of a half-life and
        // a rate, which only a division follows.
        string ptx = Entry(typeof(BankUpdateGpu), nameof(BankUpdateGpu.UpdateKernel));
        Assert.Contains("mul.rn.f32", ptx);
        Assert.Contains("add.rn.f32", ptx);
        Assert.DoesNotContain("mul.f32", ptx);
        Assert.DoesNotContain("add.f32", ptx);
        Assert.DoesNotContain("add.f64", ptx);
        Assert.DoesNotContain("sub.f64", ptx);
        Assert.Contains("div.rn.f64", ptx);
    }

    [Fact]
    public void AnyModule_Ptx_StubsOfIntrinsicsAssemble()
    {
        // ILGPU emits an unused function for each intrinsic; one with a constant where a predicate belongs would be
        // refused with the whole module.
        string ptx = Compile(typeof(TileScanGpu), nameof(TileScanGpu.ScanKernel));
        Assert.DoesNotMatch(ConstantPredicate(), ptx);
    }

    [Fact]
    public void ScanTilesKernel_Ptx_PromisesNoUniformBranches()
    {
        // At O2 ILGPU takes an intrinsic's result for uniform, whatever lane it came from.
        string ptx = Entry(typeof(TileScanGpu), nameof(TileScanGpu.ScanKernel));
        Assert.DoesNotMatch(UniformBranch(), ptx);
    }

    internal static string Compile(Type owner, string kernel) => PtxCompiler.Compile(
        Shared.Value, owner.GetMethod(
            kernel, BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)!);

    internal static int Count(string text, string part) => Regex.Count(text, Regex.Escape(part));

    /// <summary>The kernel itself, without the stubs before it.</summary>
    internal static string Entry(Type owner, string kernel)
    {
        string ptx = Compile(owner, kernel);
        return ptx[ptx.IndexOf(".entry", StringComparison.Ordinal)..];
    }

    [GeneratedRegex(@"mma\.sync[^\n]*[{ ][0-9]")]
    private static partial Regex ConstantInMma();

    [GeneratedRegex(@"@!?%p[0-9]+ bra\.uni")]
    private static partial Regex UniformBranch();

    [GeneratedRegex(@"selp[^\n]*, [0-9]+;")]
    private static partial Regex ConstantPredicate();
}
#endif
