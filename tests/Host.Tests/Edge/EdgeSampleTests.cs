using System.Diagnostics;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Host.Tests.Edge;

/// <summary>The engine inside a process, as the README shows it.</summary>
public sealed class EdgeSampleTests
{
    private const string Rule = "// ------";

    [Fact]
    public void EdgeSample_RunInAFolder_RecommendsWithoutAServer()
    {
        string folder = Directory.CreateTempSubdirectory("ebb-edge-test-").FullName;
        try
        {
            // Twice: the second run finds what the first one left.
            string first = Run(folder);
            string second = Run(folder);
            Assert.Equal(["espresso", "ristretto", "green tea"], Items(first));
            Assert.Equal(["espresso", "ristretto", "green tea"], Items(second));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Readme_EmbeddingExample_IsTheSample()
    {
        string[] source = File.ReadAllLines(Path.Combine(Repository.Root, "host/EdgeSample/Program.cs"));
        string[] sample =
        [
            .. source.SkipWhile(line => !line.StartsWith(Rule, StringComparison.Ordinal)).Skip(1)
                .TakeWhile(line => !line.StartsWith(Rule, StringComparison.Ordinal)),
        ];
        Assert.NotEmpty(sample);
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md")).ReplaceLineEndings("\n");
        Assert.Contains(string.Join('\n', sample), readme);
    }

    private static string[] Items(string output) =>
        [.. output.Split('\n').Take(3).Select(line => line.Trim()[6..].Trim())];

    private static string Run(string folder)
    {
        // From its own output folder: beside the tests it would find ASP.NET's idea of the framework.
        string output = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal)
            ? "Release" : "Debug";
        string dll = Path.Combine(Repository.Root, "host/EdgeSample/bin", configuration, output, "ebb-edge.dll");
        var start = new ProcessStartInfo("dotnet", [dll, folder]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string printed = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return printed;
    }
}
