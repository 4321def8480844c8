using System.Globalization;
using System.Runtime.Intrinsics.X86;
using System.Text.RegularExpressions;
using Ebb.Kernels.TopK;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>
/// What the JIT makes of the code scan's tiles: a sum that it keeps on the stack costs half the speed and no test of
/// results would notice. The listing comes from a child process, which every release runtime can be asked for.
/// </summary>
[Trait("Kind", "ChildProcess")]
public sealed partial class CodeDisassemblyTests
{
    private static readonly Lazy<string> Listing = new(List);

    [Theory]
    [InlineData("CodeScan256:Six", 24)]
    [InlineData("CodeScan256:Four", 16)]
    [InlineData("CodeScan256:One", 4)]
    [InlineData("NibbleScan256:One", 4)]
    [InlineData("CodeScanLong256:Four", 8)]
    [InlineData("CodeScanLong256:One", 4)]
    [InlineData("MaddDot256]:Four", 8)]
    [InlineData("MaddDot256]:One", 4)]
    [InlineData("VnniDot256]:Four", 8)]
    [InlineData("VnniDot256]:One", 4)]
    [InlineData("MaddDot128]:Four", 8)]
    [InlineData("MaddDot128]:One", 4)]
    public void InnerLoop_OfEveryTile_TouchesNoStackSlot(string method, int productCount)
    {
        Assert.SkipUnless(Avx2.IsSupported, "this processor has no AVX2: nothing to disassemble");
        bool isVnni = method.StartsWith("Vnni", StringComparison.Ordinal);
        Assert.SkipUnless(AvxVnni.IsSupported || !isVnni, "this processor has no AVX-VNNI");
        string[] loop = InnerLoop(Method(Listing.Value, method), isVnni ? "pdpbusd" : "pmaddubsw");
        string text = string.Join('\n', loop);
        Assert.Equal(productCount, Products().Count(text));
        Assert.DoesNotMatch(StackOrCall(), text);
    }

    [Fact]
    public void InnerLoop_WithASlot_IsFound()
    {
        const string Spilled =
            """
            G_M000_IG02:
                   mov      rax, qword ptr [rbp-0x08]
            G_M000_IG03:
                   vpmaddubsw ymm1, ymm2, ymm3
                   vmovups  ymmword ptr [rbp-0x40], ymm1
            G_M000_IG04:
                   dec      ecx
                   jne      SHORT G_M000_IG03
                   jmp      G_M000_IG02
            """;
        string[] loop = InnerLoop(Spilled, "pmaddubsw");
        Assert.Equal(6, loop.Length);
        Assert.Matches(StackOrCall(), string.Join('\n', loop));
    }

    [GeneratedRegex(@"\[r[sb]p|\bcall\b")]
    private static partial Regex StackOrCall();

    [GeneratedRegex("v?pmaddubsw|vpdpbusd")]
    private static partial Regex Products();

    [GeneratedRegex(@"^G_M\d+_IG(\d+):")]
    private static partial Regex Label();

    [GeneratedRegex(@"^\s+j\w+\s+(?:SHORT\s+)?G_M\d+_IG(\d+)")]
    private static partial Regex Jump();

    private static string Method(string listing, string name)
    {
        string[] methods = listing.Split("; Assembly listing for method ");
        return Assert.Single(methods, method => method.Split('\n')[0].Contains(name + "(", StringComparison.Ordinal));
    }

    /// <summary>The shortest stretch that jumps back to its start and holds the instruction.</summary>
    private static string[] InnerLoop(string method, string instruction)
    {
        string[] lines = method.Split('\n');
        Dictionary<int, int> labels = [];
        string[] best = [];
        for (int at = 0; at < lines.Length; at++)
        {
            if (Label().Match(lines[at]) is { Success: true } label)
            {
                labels[Number(label)] = at;
            }

            if (Jump().Match(lines[at]) is { Success: true } jump && labels.TryGetValue(Number(jump), out int start))
            {
                string[] loop = lines[start..(at + 1)];
                bool holds = loop.Any(line => line.Contains(instruction, StringComparison.Ordinal));
                best = holds && (best.Length == 0 || loop.Length < best.Length) ? loop : best;
            }
        }

        return best;
    }

    private static int Number(Match match) => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);

    private static string List()
    {
        string file = Path.GetTempFileName();
        try
        {
            Dictionary<string, string> environment = new()
            {
                ["DOTNET_JitDisasm"] = "Six Four One",
                ["DOTNET_JitStdOutFile"] = file,
            };
            InstructionSetRunner.Run(typeof(CodeDisassemblyTests), nameof(CompileAll), environment);
            return File.ReadAllText(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>In the child: a call without tiles is enough to have a method compiled as it stays.</summary>
    private static unsafe string CompileAll()
    {
        int start = 0;
        CodeSpan none = new() { Starts = &start };
        int hitCount = CodeScan256.Six(&none) + CodeScan256.Four(&none) + CodeScan256.One(&none)
            + NibbleScan256.One(&none)
            + CodeScanLong256.Four(&none) + CodeScanLong256.One(&none)
            + CodeScanDot256<MaddDot256>.Four(&none) + CodeScanDot256<MaddDot256>.One(&none)
            + CodeScanDot128<MaddDot128>.Four(&none) + CodeScanDot128<MaddDot128>.One(&none);
        if (AvxVnni.IsSupported)
        {
            hitCount += CodeScanDot256<VnniDot256>.Four(&none) + CodeScanDot256<VnniDot256>.One(&none);
        }

        return $"{hitCount}";
    }
}
