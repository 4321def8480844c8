using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Ebb.Server.Commands;
using Spectre.Console;

namespace Ebb.Server.Hosting;

/// <summary>
/// Runs the training script beside the program and shows its progress: a bar where a person watches, else its lines.
/// </summary>
internal sealed class TrainingScript(string python, Terminal terminal, string script = "train.py")
{
    private const int ProgressSteps = 1000;
    private const int ErrorLinesKept = 20;

    /// <exception cref="CliException">There is no such program, or the script fails: its last words.</exception>
    public async Task RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(python)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };

        // No .pyc beside the program, and a line as soon as it is written.
        string path = Path.Combine(AppContext.BaseDirectory, "training", script);
        string[] all = ["-B", "-u", "-W", "ignore", path, .. arguments];
        Array.ForEach(all, start.ArgumentList.Add);
        await terminal.ProgressAsync("train", ProgressSteps, progress => RunAsync(start, progress, cancellation));
    }

    private async Task<int> RunAsync(ProcessStartInfo start, IProgress<long> progress, CancellationToken cancellation)
    {
        using Process process = Start(start);
        using CancellationTokenRegistration stop = cancellation.Register(() => process.Kill(entireProcessTree: true));
        var errors = new Queue<string>();
        Task reading = ReadErrorsAsync(process.StandardError, errors);
        while (await process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
        {
            if (TryReadShare(line, out double share))
            {
                progress.Report((long)(share * ProgressSteps));
            }

            if (!terminal.Interactive)
            {
                terminal.Console.WriteLine(line);
            }
        }

        await reading;
        await process.WaitForExitAsync(CancellationToken.None);
        cancellation.ThrowIfCancellationRequested();
        return process.ExitCode == 0
            ? 0
            : throw new CliException(
                "the training script failed: " + (errors.LastOrDefault(line => line.Trim().Length > 0) ?? "no reason"),
                "see engine/Encoding/Training/README.md");
    }

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception problem)
        {
            throw new CliException($"{python} cannot be run: {problem.Message}", "name a Python with --python");
        }
    }

    private static async Task ReadErrorsAsync(StreamReader reader, Queue<string> kept)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            kept.Enqueue(line);
            if (kept.Count > ErrorLinesKept)
            {
                kept.Dequeue();
            }
        }
    }

    /// <summary><c>epoch learning 3/20 …</c>, then <c>epoch refit 2/14 …</c>: the two halves of the work.</summary>
    internal static bool TryReadShare(string line, out double share)
    {
        share = 0;
        string[] words = line.Split(' ');
        string[] sides = words.Length > 2 && words[0] == "epoch" ? words[2].Split('/') : [];
        if (sides.Length != 2
            || !double.TryParse(sides[0], NumberStyles.None, CultureInfo.InvariantCulture, out double done)
            || !double.TryParse(sides[1], NumberStyles.None, CultureInfo.InvariantCulture, out double all)
            || all <= 0)
        {
            return false;
        }

        share = 0.5 * ((words[1] == "refit" ? 1 : 0) + Math.Min(1, done / all));
        return true;
    }
}
