using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>
/// The suite again in processes without AVX2 and without any SIMD, and the same bytes out of all of them. The child
/// runs leave this class out by its trait.
/// </summary>
[Trait("Kind", "ChildProcess")]
public sealed class InstructionSetTests
{
    // Emulated devices run the same code whatever this processor's registers, slowly.
    private const string GpuClasses = "Ebb.Kernels.Tests.Gpu*";

    [Fact]
    public void Suite_WithoutAvx2_Passes() => RunSuite(InstructionSets.NoAvx2);

    [Fact]
    public void Suite_WithoutAnySimd_Passes() => RunSuite(InstructionSets.None);

    [Fact]
    public void Results_OnEveryInstructionSet_HaveOneHash()
    {
        string expected = HashResults();
        foreach (IReadOnlyDictionary<string, string> environment in
            (IReadOnlyDictionary<string, string>[])[InstructionSets.NoAvx2, InstructionSets.None])
        {
            string actual = InstructionSetRunner.Run(typeof(InstructionSetTests), nameof(HashResults), environment);
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void Child_WithoutAnySimd_ReallyHasNone()
    {
        Assert.Equal("4", InstructionSetRunner.Run(typeof(InstructionSetTests), nameof(Widths), InstructionSets.None));
        string widths = InstructionSetRunner.Run(typeof(InstructionSetTests), nameof(Widths), InstructionSets.NoAvx2);
        Assert.DoesNotContain("32", widths);
    }

    [Fact]
    public void Run_CheckThrows_SaysWhy()
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => InstructionSetRunner.Run(typeof(InstructionSetTests), nameof(Throw), InstructionSets.All));
        Assert.Contains("as it should", error.Message);
    }

    private static void RunSuite(IReadOnlyDictionary<string, string> environment)
    {
        ChildResult result = InstructionSetRunner.RunTests(
            typeof(InstructionSetTests), environment, "-noLogo", "-noColor", "-trait-", "Kind=ChildProcess",
            "-class-", GpuClasses);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        Assert.Matches("Total: [1-9][0-9]", result.Output);
    }

    /// <summary>Register widths that are accelerated, in bytes; 4 for plain floats.</summary>
    private static string Widths() =>
        "4" + (Vector128.IsHardwareAccelerated ? " 16" : "") + (Vector256.IsHardwareAccelerated ? " 32" : "");

    private static string Throw() => throw new InvalidOperationException("as it should");

    /// <summary>Everything that is defined to the bit: banks after a history, blends, exact lists.</summary>
    private static string HashResults()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using CpuBackend backend = new();
        Random random = new(RandomVectors.Seed);
        foreach (int dimension in (int[])[1, 7, 64, 129])
        {
            double[] rates = [.. Enumerable.Range(1, dimension).Select(d => 0.5 + (d * 0.01))];
            BankShape shape = new(dimension, [6e4, 3.6e6, double.PositiveInfinity], dimension == 7 ? rates : []);
            float[] bank = new float[shape.BankLength];
            using ItemMatrix items = backend.CreateItems(dimension, new MemoryBudget(1 << 30));
            items.EnsureCapacity(2000);
            for (int step = 0; step < 2000; step++)
            {
                float[] vector = RandomVectors.Normal(random, dimension);
                items.Write(step, vector);
                backend.DecayAccumulate(shape, bank, new BankStep(random.Next(100_000), step % 100, 1.5f), vector);
            }

            items.Publish(2000);
            float[] query = new float[dimension];
            double exponent = backend.Blend(shape, bank, new BlendAt(1e7, new[] { 0.2, 0.3, 0.5 }), query);
            TopKRequest request = new() { Query = query, K = 100, Results = new ScoredItem[100] };
            backend.TopK(items, [request]);
            hash.AppendData(MemoryMarshal.AsBytes<float>(bank));
            hash.AppendData(MemoryMarshal.AsBytes<float>(query));
            hash.AppendData(BitConverter.GetBytes(exponent));
            hash.AppendData(MemoryMarshal.AsBytes<ScoredItem>(request.Results));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
