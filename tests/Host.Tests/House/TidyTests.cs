using System.Text.RegularExpressions;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Host.Tests.House;

/// <summary>The house style that a machine can check: sizes, columns, leftovers.</summary>
public sealed partial class TidyTests
{
    private const int ColumnMax = 120;
    private const int FileLineMax = 400;
    private const int TestFileLineMax = 600;
    private const int MethodLineMax = 70;

    [Fact]
    public void Sources_Columns_StayWithinTheLimit()
    {
        string[] offenders =
        [
            .. Handwritten().SelectMany(file => File.ReadLines(file).Select((line, index) => (file, line, index)))
                .Where(item => item.line.Length > ColumnMax)
                .Select(item => $"{Repository.Relative(item.file)}:{item.index + 1} has {item.line.Length} columns"),
        ];
        Assert.Empty(offenders);
    }

    [Fact]
    public void Sources_FileLength_StaysWithinTheLimit()
    {
        string[] offenders =
        [
            .. Handwritten().Select(file => (Name: Repository.Relative(file), Lines: File.ReadLines(file).Count()))
                .Where(file => file.Lines > (file.Name.StartsWith("tests/", StringComparison.Ordinal)
                    ? TestFileLineMax : FileLineMax))
                .Select(file => $"{file.Name} has {file.Lines} lines"),
        ];
        Assert.Empty(offenders);
    }

    [Fact]
    public void Sources_MethodLength_StaysWithinTheLimit()
    {
        string[] offenders = [.. Handwritten().SelectMany(LongMethods)];
        Assert.Empty(offenders);
    }

    [Fact]
    public void Sources_Leftovers_AreNone()
    {
        // Spelt in two parts, so that this file does not find itself.
        string[] banned = ["#reg" + "ion", "TO" + "DO", "FIX" + "ME", "NotImplemented" + "Exception"];
        string[] offenders =
        [
            .. Handwritten().SelectMany(file => banned.Where(File.ReadAllText(file).Contains)
                .Select(word => $"{Repository.Relative(file)} has {word}")),
        ];
        Assert.Empty(offenders);
    }

    [Fact]
    public void Sources_Tests_DoNotSleep()
    {
        string[] offenders =
        [
            .. Handwritten().Where(file => Repository.Relative(file).StartsWith("tests/", StringComparison.Ordinal))
                .Where(file => File.ReadAllText(file).Contains("Thread.Sl" + "eep(")).Select(Repository.Relative),
        ];
        Assert.Empty(offenders);
    }

    [Fact]
    public void Sources_KernelFolders_HaveAllTheirTwins()
    {
        foreach (string operation in (string[])["Decay", "Drift", "TopK"])
        {
            string folder = Path.Combine(Repository.Root, "kernels", operation);
            string[] files = Directory.GetFiles(folder, "*.cs");
            string[] names = [.. files.Select(file => Path.GetFileNameWithoutExtension(file))];
            Assert.Contains(names, name => name.EndsWith("Reference", StringComparison.Ordinal));
            Assert.Contains(names, name => name.EndsWith("Cpu", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Sources_MachinePaths_AreNone()
    {
        string[] banned = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/"];
        string[] offenders =
        [
            .. Handwritten().SelectMany(file => banned.Where(File.ReadAllText(file).Contains)
                .Select(path => $"{Repository.Relative(file)} names {path}")),
        ];
        Assert.Empty(offenders);
    }

    private static IEnumerable<string> Handwritten() =>
        Repository.SourceFiles().Where(file => !file.EndsWith(".Generated.cs", StringComparison.Ordinal));

    /// <summary>
    /// A member of a type starts at four columns with its signature and ends at the brace in the same column: formatted
    /// sources need no parser for that.
    /// </summary>
    private static IEnumerable<string> LongMethods(string file)
    {
        string[] lines = File.ReadAllLines(file);
        int start = -1;
        string indent = "";
        for (int index = 0; index < lines.Length; index++)
        {
            Match signature = MemberStart().Match(lines[index]);
            if (signature.Success && !lines[index].EndsWith(';') && !TypeStart().IsMatch(lines[index]))
            {
                start = index;
                indent = signature.Groups[1].Value;
            }
            else if (start >= 0 && lines[index] == indent + "}")
            {
                if (index - start + 1 > MethodLineMax)
                {
                    yield return $"{Repository.Relative(file)}:{start + 1} is {index - start + 1} lines long";
                }

                start = -1;
            }
        }
    }

    [GeneratedRegex(@"^( {4}| {8})(public|private|internal|protected)\b")]
    private static partial Regex MemberStart();

    [GeneratedRegex(@"\b(class|struct|record|interface|enum)\b")]
    private static partial Regex TypeStart();
}
