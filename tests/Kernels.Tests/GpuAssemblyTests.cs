#if EBB_ILGPU
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Ebb.Kernels.Decay;
using Ebb.Kernels.Gpu;
using Ebb.Kernels.TopK;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>
/// Every kernel through NVIDIA's own assembler, where there is one (EBB_PTXAS, or ptxas on the PATH): nothing is
/// refused, nothing spills, and no kernel takes more registers than the notes say.
/// </summary>
public sealed partial class GpuAssemblyTests(ITestOutputHelper output)
{
    /// <summary>Kernel, and the registers a thread may take: what its occupancy in the notes stands on.</summary>
    private static readonly (Type Owner, string Kernel, int RegistersMax)[] Kernels =
    [
        (typeof(CodeScanGpu), nameof(CodeScanGpu.Scan1Kernel), 40),
        (typeof(CodeScanGpu), nameof(CodeScanGpu.Scan8Kernel), 96),
        (typeof(CodeScanGpu), nameof(CodeScanGpu.Sample8Kernel), 216),
        (typeof(TileScanGpu), nameof(TileScanGpu.ScanKernel), 112),
        (typeof(TileScanGpu), nameof(TileScanGpu.SampleKernel), 112),
        (typeof(TopKMergeGpu), nameof(TopKMergeGpu.ThresholdKernel), 40),
        (typeof(TopKMergeGpu), nameof(TopKMergeGpu.MergeKernel), 56),
        (typeof(BankUpdateGpu), nameof(BankUpdateGpu.UpdateKernel), 56),
        (typeof(UserSweepGpu), nameof(UserSweepGpu.BlendDriftKernel), 56),
        (typeof(UserSweepGpu), nameof(UserSweepGpu.SweepKernel), 64),
        (typeof(ServedUsersGpu), nameof(ServedUsersGpu.ReadKernel), 64),
        (typeof(UserSweepGpu), nameof(UserSweepGpu.FitKernel), 56),
        (typeof(UserSweepGpu), nameof(UserSweepGpu.BestUsersKernel), 32),
        (typeof(GpuMeter), nameof(GpuMeter.ReadKernel), 24),
        (typeof(GpuMeter), nameof(GpuMeter.MultiplyKernel), 48),
    ];

    [Theory]
    [InlineData("sm_80")]
    [InlineData("sm_90")]
    public void AllKernels_Ptxas_AssembleWithoutSpills(string architecture)
    {
        string assembler = AssemblerOrSkip();
        StringBuilder problems = new();
        foreach ((Type owner, string kernel, int registersMax) in Kernels)
        {
            (int exit, string report) = Assemble(assembler, architecture, owner, kernel);
            Match used = Used().Match(report);
            Match spilled = Spilled().Match(report);
            output.WriteLine($"{architecture} {owner.Name}.{kernel}: {used.Value}; {spilled.Value}");
            if (exit != 0 || !used.Success || !spilled.Success)
            {
                problems.AppendLine(CultureInfo.InvariantCulture, $"{kernel}: {report}");
            }
            else if (spilled.Groups.Values.Skip(1).Any(bytes => bytes.Value != "0"))
            {
                problems.AppendLine(CultureInfo.InvariantCulture, $"{kernel} spills: {spilled.Value}");
            }
            else if (int.Parse(used.Groups[1].Value, CultureInfo.InvariantCulture) > registersMax)
            {
                problems.AppendLine(CultureInfo.InvariantCulture, $"{kernel}: {used.Value}, meant: {registersMax}");
            }
        }

        Assert.True(problems.Length == 0, problems.ToString());
    }

    private static string AssemblerOrSkip()
    {
        string name = OperatingSystem.IsWindows() ? "ptxas.exe" : "ptxas";
        string? given = Environment.GetEnvironmentVariable("EBB_PTXAS");
        string? found = given ?? (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
        if (found is null)
        {
            Assert.Skip("no ptxas: it is not on the PATH, and EBB_PTXAS does not name it");
        }

        return found;
    }

    /// <summary>EBB_PTX_KEEP names a folder that the PTX and the assembled kernels are left in, for reading.</summary>
    private static (int Exit, string Report) Assemble(
        string assembler, string architecture, Type owner, string kernel)
    {
        string? kept = Environment.GetEnvironmentVariable("EBB_PTX_KEEP");
        string folder = kept ?? Directory.CreateTempSubdirectory("ebb-ptx-").FullName;
        try
        {
            Directory.CreateDirectory(folder);
            string path = Path.Combine(folder, $"{owner.Name}.{kernel}");
            File.WriteAllText(path + ".ptx", GpuPtxTests.Compile(owner, kernel));
            ProcessStartInfo start = new(assembler)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            foreach (string argument in (string[])
                ["-v", "-arch", architecture, path + ".ptx", "-o", $"{path}.{architecture}.cubin"])
            {
                start.ArgumentList.Add(argument);
            }

            using Process process = Process.Start(start)!;
            Task<string> said = process.StandardOutput.ReadToEndAsync();
            string report = process.StandardError.ReadToEnd() + said.GetAwaiter().GetResult();
            process.WaitForExit();
            return (process.ExitCode, report);
        }
        finally
        {
            if (kept is null)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    [GeneratedRegex(@"Used (\d+) registers[^\n]*")]
    private static partial Regex Used();

    [GeneratedRegex(@"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")]
    private static partial Regex Spilled();
}
#endif
