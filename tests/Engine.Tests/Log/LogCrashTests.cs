using System.Diagnostics;
using System.Globalization;
using Ebb.Engine.Log;
using Xunit;

namespace Ebb.Engine.Tests.Log;

public sealed class LogCrashTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>kill -9 after a number of reported commits, again and again on the same folder.</summary>
    [Fact]
    public async Task Kill_WhileAppending_EveryReportedSequenceIsThereAndDense()
    {
        Random random = new(42);
        ulong reported = 0;
        for (uint round = 1; round <= 3; round++)
        {
            reported = Math.Max(reported, RunAndKill(commits: random.Next(20, 300)));

            await using FasterEventLog log = new(_folder.Path, 1, new EventLogOptions { BufferBytes = 1 }, null);
            PartitionTail tail = log.Acquire(0);
            Assert.Equal(2 * round, tail.Epoch);
            Assert.True(tail.Tail >= reported, $"{reported} was reported durable, the log ends at {tail.Tail}");
            Assert.Equal(tail.Tail, Verify(log));
        }
    }

    private static ulong Verify(FasterEventLog log)
    {
        Span<byte> expected = stackalloc byte[1024];
        ulong sequence = log.FirstSequence(0) - 1;
        using IEventLogReader reader = log.ReadFrom(0, sequence + 1);
        while (reader.MoveNext())
        {
            sequence++;
            Assert.Equal(sequence, reader.Position.Sequence);
            int bytes = LogCrashChild.Fill(sequence, expected);
            Assert.True(reader.Payload.SequenceEqual(expected[..bytes]));
        }

        return sequence;
    }

    private ulong RunAndKill(int commits)
    {
        ProcessStartInfo start = new("dotnet")
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(typeof(LogCrashTests).Assembly.Location);
        start.Environment[LogCrashChild.FolderVariable] = _folder.Path;
        using Process child = Process.Start(start)!;
        ulong reported = 0;
        for (int line = 0; line < commits && child.StandardOutput.ReadLine() is { } text; line++)
        {
            reported = ulong.Parse(text, CultureInfo.InvariantCulture);
        }

        child.Kill();

        // What it had still reported before the kill counts as well, but for a line cut in the middle.
        string[] rest = child.StandardOutput.ReadToEnd().Split('\n');
        child.WaitForExit();
        Assert.True(reported > 0, "the child reported nothing");
        return rest.Length > 1 ? ulong.Parse(rest[^2], CultureInfo.InvariantCulture) : reported;
    }
}
