using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;

namespace Ebb.Bench.Micro;

/// <summary>Each benchmark as the machine is, with 128-bit registers at most, and with none.</summary>
public sealed class InstructionSetConfig : ManualConfig
{
    public InstructionSetConfig()
    {
        AddDiagnoser(MemoryDiagnoser.Default);

        // The generated project builds the engine again; two busy CPUs take longer over it than the default 2 minutes.
        WithBuildTimeout(TimeSpan.FromMinutes(10));
        AddJob(Job.ShortRun.WithId("Widest"));
        AddJob(Job.ShortRun.WithId("Vector128").WithEnvironmentVariable("DOTNET_EnableAVX2", "0"));
        AddJob(Job.ShortRun.WithId("Scalar").WithEnvironmentVariable("DOTNET_EnableHWIntrinsic", "0"));
    }
}
