using System.Text.RegularExpressions;
using System.Xml.Linq;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Host.Tests.House;

/// <summary>
/// Arrows point one way (host → engine → kernels), and the vocabulary of a package stops at its folder.
/// </summary>
public sealed partial class DependencyTests
{
    [Fact]
    public void Projects_References_PointOneWay()
    {
        foreach (string project in Directory.EnumerateFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(file => !Repository.Relative(file).Contains("/obj/", StringComparison.Ordinal)))
        {
            string from = Layer(Repository.Relative(project));
            foreach (XElement reference in XDocument.Load(project).Descendants("ProjectReference"))
            {
                string path = reference.Attribute("Include")!.Value.Replace('\\', '/');
                string to =
                    Layer(Repository.Relative(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(project)!, path))));
                Assert.True(Rank(to) <= Rank(from), $"{Repository.Relative(project)} must not reference {path}");
            }
        }
    }

    [Theory]
    [InlineData("host/Protocol")]
    [InlineData("host/Client")]
    public void Client_And_Protocol_DoNotKnowTheEngine(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.csproj"))
        {
            Assert.DoesNotContain("Ebb.Engine", File.ReadAllText(file));
        }
    }

    [Theory]
    [InlineData("FASTER", @"\bFASTER\.core\b|\busing FASTER\b", "engine/Store/", "engine/Log/")]
    [InlineData("ONNX Runtime", @"\bMicrosoft\.ML\.OnnxRuntime\b", "engine/Encoding/")]
    [InlineData("ILGPU", @"\busing ILGPU\b|\bILGPU\.", "kernels/")]
    [InlineData("sockets", @"\bSystem\.Net\.Sockets\b", "host/", "tests/Host.Tests/", "bench/")]
    [InlineData("the console", @"\bConsole\.", "host/", "bench/", "tests/")]
    public void Sources_PackageVocabulary_StaysInItsFolder(string what, string pattern, params string[] folders)
    {
        string[] offenders =
        [
            .. Repository.SourceFiles().Select(file => (Name: Repository.Relative(file), Path: file))
                .Where(file => !folders.Any(folder => file.Name.StartsWith(folder, StringComparison.Ordinal)))
                .Where(file => !file.Name.StartsWith("tests/", StringComparison.Ordinal)
                    && Regex.IsMatch(WithoutComments(File.ReadAllText(file.Path)), pattern))
                .Select(file => $"{file.Name} names {what}"),
        ];
        Assert.Empty(offenders);
    }

    private static string Layer(string path) => path.Split('/')[0];

    private static int Rank(string layer) => layer switch
    {
        "kernels" => 0,
        "engine" => 1,
        "host" => 2,
        _ => 3,
    };

    private static string WithoutComments(string source) => Comment().Replace(source, "");

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();
}
