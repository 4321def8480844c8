using System.Globalization;
using System.Security.Cryptography;
using Ebb.Engine.Encryption;
using Ebb.Proving.Crash;
using Ebb.Proving.Media;

namespace Ebb.Server.Prove;

/// <summary>Crashes and bad disks under a whole engine.</summary>
internal static class DiskChecks
{
    private const string Killed = "kill at any call: all that was durable is there";
    private const string Unpowered = "loss of power at any call: the same";
    private const string Trimmed = "the same while logs are trimmed behind their bases";
    private const string Sealed = "the same with everything encrypted";
    private const string Failing = "a failing disk: writes stop and say so, nothing is retried";
    private const string Lying = "a lying disk (flips, torn sectors): whole, or refused in one line";

    private const int CutsShort = 16;
    private const int CutsLong = 400;

    // Counted in calls of the engine while it serves: a log's first write comes after five that prepare its segment.
    private static readonly FaultPlan[] Failures =
    [
        new(FaultKind.DiskFull, "log/p000", 11), new(FaultKind.WriteError, "log/p000", 14),
        new(FaultKind.ShortWrite, "log/p001", 12), new(FaultKind.SyncError, "log/p000/entries", 4),
        new(FaultKind.SyncError, "log/p001/commit", 5),
    ];

    public static IReadOnlyList<ProveCheck> All { get; } =
    [
        Crash(Killed, CrashKind.Kill, trims: false),
        Crash(Unpowered, CrashKind.PowerLoss, trims: false),
        Crash(Trimmed, CrashKind.PowerLoss, trims: true),
        Crash(Sealed, CrashKind.PowerLoss, trims: true, EncryptionKey.FromBytes(RandomNumberGenerator.GetBytes(32))),
        new(Failing, (_, _) => FailAsync()),
        new(Lying, (isLong, _) => LieAsync(isLong)),
    ];

    private static ProveCheck Crash(
        string promise, CrashKind kind, bool trims, EncryptionKey? key = null) => new(promise, async (isLong, _) =>
    {
        CrashReport report = await CrashTrial.RunAsync(kind, isLong ? CutsLong : CutsShort, trims, key);
        string figures = string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Count} crashes of {report.JournalLength} calls, {report.Points.Count} kinds of them; slowest"
            + $" recovery and check {report.SlowestOpen.TotalMilliseconds:0} ms");
        return report.Failures.Count == 0
            ? ProveRow.Pass(promise, figures)
            : ProveRow.Fail(promise, $"{report.Failures.Count} of {report.Count}: {report.Failures[0]}");
    });

    private static async Task<ProveRow> FailAsync()
    {
        foreach (FaultPlan plan in Failures)
        {
            FaultReport report = await FaultTrial.RunAsync(plan, seed: 42);
            string? problem = report switch
            {
                { HasFired: false } => "the fault never came",
                { RefusalCount: 0 } => "nobody was told",
                { StoppedPartitionCount: 0 } => "no partition said that it had stopped",
                { RetriedSyncCount: > 0 } => "a failed sync was tried again",
                { Wrong: { } wrong } => wrong,
                { Refused: { } refused } => "what was whole was refused: " + refused,
                _ => null,
            };
            if (problem is not null)
            {
                return ProveRow.Fail(Failing, $"{plan.Kind} of {plan.PathPart}: {problem}");
            }
        }

        return ProveRow.Pass(Failing, $"{Failures.Length} ways to fail (ENOSPC, EIO, short write, failed sync)");
    }

    private static async Task<ProveRow> LieAsync(bool isLong)
    {
        int tried = 0;
        int refused = 0;
        int step = isLong ? 1 : 6;
        foreach (string path in (string[])["entries", "commit", "owner", ".base", "MANIFEST", "catalogue"])
        {
            foreach (FaultKind kind in (FaultKind[])[FaultKind.FlippedBit, FaultKind.TornSector])
            {
                for (int after = 1; after <= 12; after += step)
                {
                    FaultReport report = await FaultTrial.RunAsync(new FaultPlan(kind, path, after), seed: after);
                    if (report.Wrong is { } wrong)
                    {
                        return ProveRow.Fail(Lying, $"{kind} of {path} after {after}: {wrong}");
                    }

                    tried += report.HasFired ? 1 : 0;
                    refused += report.Refused is null ? 0 : 1;
                }
            }
        }

        return ProveRow.Pass(Lying, $"{tried} lies: {refused} refused, the others harmed nothing");
    }
}
