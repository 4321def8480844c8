using Ebb.Engine.Encryption;
using Ebb.Proving.Crash;
using Ebb.Proving.Media;
using Xunit;

namespace Ebb.Engine.Tests.Recovery;

/// <summary>
/// Crashes after any call that reaches the disk, killed and with the power gone, each opened and compared with plain
/// lists of what was sent. EBB_CRASH_CUTS in the environment makes them more.
/// </summary>
public sealed class CrashTrialTests
{
    private static readonly TimeSpan OpenTimeMax = TimeSpan.FromSeconds(10);

    private static int CutCount =>
        int.TryParse(Environment.GetEnvironmentVariable("EBB_CRASH_CUTS"), out int count) ? count : 16;

    [Theory]
    [InlineData(CrashKind.Kill, false, false)]
    [InlineData(CrashKind.PowerLoss, false, false)]
    [InlineData(CrashKind.PowerLoss, true, false)]
    [InlineData(CrashKind.Kill, false, true)]
    [InlineData(CrashKind.PowerLoss, true, true)]
    internal async Task Crash_AfterAnyCall_RecoversAllThatWasDurable(CrashKind kind, bool trims, bool encrypted)
    {
        EncryptionKey? key = encrypted ? EncryptionKey.FromBytes(new byte[EncryptionKey.Bytes]) : null;
        CrashReport report = await CrashTrial.RunAsync(kind, CutCount, trims, key);
        Assert.True(report.Failures.Count == 0, string.Join(Environment.NewLine, report.Failures));
        Assert.True(report.JournalLength > 300, $"the journal has {report.JournalLength} calls only");
        Assert.Contains(report.Points.Keys, point => point.StartsWith("append", StringComparison.Ordinal));
        Assert.True(report.Points.Count > 4, "the crashes hit few kinds of calls: " + string.Join(", ", report.Points));
        Assert.Contains(report.Points.Keys, point => point.StartsWith("export", StringComparison.Ordinal));
        Assert.True(report.SlowestOpen < OpenTimeMax, $"the slowest open took {report.SlowestOpen}");
    }
}
