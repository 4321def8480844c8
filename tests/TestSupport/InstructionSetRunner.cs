using System.Diagnostics;

namespace Ebb.TestSupport;

/// <summary>
/// Runs code in a child .NET process under other environment variables: instruction sets are chosen when a runtime
/// starts, so a fallback can only be exercised in a process of its own.
/// </summary>
public static class InstructionSetRunner
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Calls a parameterless static method that returns a string, e.g. a hash of results, and returns the string.
    /// </summary>
    /// <param name="type">From a test assembly (it needs a runtimeconfig.json beside it).</param>
    /// <param name="method">Its name; may be private.</param>
    /// <param name="environment">Added to this process's own; see <see cref="InstructionSets"/>.</param>
    /// <exception cref="InvalidOperationException">The child failed; the message has its error output.</exception>
    public static string Run(Type type, string method, IReadOnlyDictionary<string, string> environment)
    {
        ChildResult result = Wait(StartChild(type, method, environment));
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException($"{type.Name}.{method} failed in the child: {result.Error}");
    }

    /// <summary>
    /// Runs a test assembly's own runner (xunit v3 test projects are executables) with these arguments.
    /// </summary>
    public static ChildResult RunTests(
        Type anyTest, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        Wait(Start([anyTest.Assembly.Location, .. arguments], environment));

    /// <summary>The same call in a child that the caller watches, kills and disposes.</summary>
    public static Process StartChild(Type type, string method, IReadOnlyDictionary<string, string> environment)
    {
        string assembly = type.Assembly.Location;
        string[] arguments =
        [
            "exec",
            "--runtimeconfig", Path.ChangeExtension(assembly, ".runtimeconfig.json"),
            "--depsfile", Path.ChangeExtension(assembly, ".deps.json"),
            typeof(ChildCheck).Assembly.Location,
            assembly, type.FullName!, method,
        ];
        return Start(arguments, environment);
    }

    private static Process Start(string[] arguments, IReadOnlyDictionary<string, string> environment)
    {
        ProcessStartInfo start = new(DotnetPath(), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static ChildResult Wait(Process started)
    {
        using Process child = started;
        Task<string> output = child.StandardOutput.ReadToEndAsync();
        Task<string> error = child.StandardError.ReadToEndAsync();
        if (!child.WaitForExit(Patience))
        {
            child.Kill(entireProcessTree: true);
            throw new TimeoutException($"the child ran past {Patience}");
        }

        return new ChildResult(child.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <summary>The dotnet that this process runs on, even when it was started through its own apphost.</summary>
    private static string DotnetPath()
    {
        string shared = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        string root = Path.GetFullPath(Path.Combine(shared, "..", "..", ".."));
        return Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
    }
}
