using System.Diagnostics;
using System.Net;
using System.Reflection;

namespace Ebb.Server.Prove;

/// <summary>Another process of this very program, whether it was started by itself or through <c>dotnet</c>.</summary>
internal static class ChildProcess
{
    public static Process Start(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        string program = Environment.ProcessPath
            ?? throw new InvalidOperationException("this process does not know its own program");
        string entry = Assembly.GetEntryAssembly()!.Location;
        bool isOwn = Path.GetFileNameWithoutExtension(program) == "ebb";
        string own = typeof(ChildProcess).Assembly.Location;
        string[] all = isOwn ? arguments : ["exec", "--runtimeconfig", Path.ChangeExtension(own, ".runtimeconfig.json"),
            "--depsfile", Path.ChangeExtension(own, ".deps.json"), own, .. arguments];
        var start = new ProcessStartInfo(isOwn ? program : Dotnet(program, entry), all)
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

    /// <summary>Where a child that serves listens, from its first line.</summary>
    /// <exception cref="InvalidOperationException">It did not start; the message is what it said.</exception>
    public static async Task<IPEndPoint> EndpointAsync(Process server)
    {
        string line = await server.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException(await server.StandardError.ReadToEndAsync());
        return IPEndPoint.Parse(line.Split(' ')[3].TrimEnd(','));
    }

    // A test's own program is neither ebb nor dotnet: the runtime that it runs on has a dotnet above it.
    private static string Dotnet(string program, string entry)
    {
        if (Path.GetFileNameWithoutExtension(program) == "dotnet" || entry.Length == 0)
        {
            return program;
        }

        string shared = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        string root = Path.GetFullPath(Path.Combine(shared, "..", "..", ".."));
        return Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
    }
}
