using System.ComponentModel;
using System.Diagnostics;

namespace Ebb.Host.Tests.Evaluation;

/// <summary>A Python that can train, where this machine has one.</summary>
internal static class PythonWithTorch
{
    public const string Missing = "no Python with PyTorch";

    /// <summary>Null: there is none.</summary>
    public static string? Program { get; } =
        new[] { "python3", "/usr/bin/python3" }.FirstOrDefault(python => Run(python, ["-c", "import torch"]) == 0);

    /// <summary>Exit code; what it writes is thrown away.</summary>
    public static int Run(string[] arguments) => Run(Program!, arguments);

    private static int Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        Array.ForEach(arguments, start.ArgumentList.Add);
        try
        {
            using Process process = Process.Start(start)!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (Win32Exception)
        {
            return -1;
        }
    }
}
