using System.Diagnostics;
using System.Globalization;
using Ebb.Engine;
using Ebb.Engine.Interest;
using Ebb.Engine.Recovery;
using Ebb.Proving;

namespace Ebb.Server.Prove;

/// <summary>State is the fold of the log: live, from the files, from a backup, without SIMD.</summary>
internal static class FoldChecks
{
    private const string Fold = "state = fold of base and log = fold of the whole log";
    private const string Scalar = "the same hash with instruction sets switched off";
    private const string Backup = "backup while serving restores to a fold of what it holds";
    private const string Clocks = "a clock that jumps raises no interest and loses nothing";

    private const long NowMs = 1_700_000_000_000;
    private const long DayMs = 86_400_000;

    public static IReadOnlyList<ProveCheck> All { get; } =
    [
        new(Fold, (isLong, _) => FoldAsync(isLong ? 2_000_000 : 40_000)),
        new(Scalar, (isLong, cancellation) => ScalarAsync(isLong ? 200_000 : 10_000, cancellation)),
        new(Backup, (_, _) => BackupAsync()),
        new(Clocks, (_, _) => ClocksAsync()),
    ];

    private static async Task<ProveRow> FoldAsync(int eventCount)
    {
        using var folder = new ScratchFolder();
        string live = await FillAsync(folder.Path, eventCount);
        FolderReport report = await EngineFolder.VerifyAsync(folder.Path);
        string figures = string.Create(
            CultureInfo.InvariantCulture,
            $"{eventCount:N0} events, {report.UserCount:N0} users, verified in {report.Elapsed.TotalSeconds:0.0} s");
        return report.StateHash == live && report.IsFoldOfWholeLog is true
            ? ProveRow.Pass(Fold, figures)
            : ProveRow.Fail(Fold, $"live {live}, folded {report.StateHash}");
    }

    private static async Task<ProveRow> ScalarAsync(int eventCount, CancellationToken cancellation)
    {
        using var folder = new ScratchFolder();
        string live = await FillAsync(folder.Path, eventCount);
        foreach (string set in (string[])["DOTNET_EnableAVX2", "DOTNET_EnableHWIntrinsic"])
        {
            using Process child = ChildProcess.Start(
                new Dictionary<string, string> { [set] = "0" }, "verify", folder.Path);
            string output = await child.StandardOutput.ReadToEndAsync(cancellation);
            await child.WaitForExitAsync(cancellation);
            if (!output.Contains("state " + live, StringComparison.Ordinal))
            {
                return ProveRow.Fail(Scalar, $"with {set}=0: {output.ReplaceLineEndings(" ")}");
            }
        }

        return ProveRow.Pass(Scalar, $"{eventCount} events; without AVX2 and without any SIMD, in child processes");
    }

    private static async Task<ProveRow> BackupAsync()
    {
        using var folder = new ScratchFolder();
        string target = Path.Combine(folder.Path, "backup");
        string restored = Path.Combine(folder.Path, "restored");
        string live;
        await using (InterestEngine engine =
            await InterestEngine.OpenAsync(ProveEngine.Options(Path.Combine(folder.Path, "data"))))
        {
            await ProveEngine.PutItemsAsync(engine);
            await ProveEngine.ObserveAsync(engine, 5000, 1, NowMs);
            Task writes = ProveEngine.ObserveAsync(engine, 20_000, 2, NowMs);
            await engine.BackupAsync(Path.Combine(folder.Path, "during"));
            await writes;
            await engine.ExportAsync();
            await engine.BackupAsync(target);
            live = Convert.ToHexStringLower(await engine.ComputeStateHashAsync());
        }

        FolderReport during = await EngineFolder.VerifyAsync(Path.Combine(folder.Path, "during"));
        await EngineFolder.RestoreAsync(target, restored);
        FolderReport after = await EngineFolder.VerifyAsync(restored);
        return during.IsFoldOfWholeLog is true && after.StateHash == live
            ? ProveRow.Pass(
                Backup,
                $"{during.LogEntriesChecked} entries in one taken while writing, {after.LogEntriesChecked} after")
            : ProveRow.Fail(Backup, $"live {live}, restored {after.StateHash}");
    }

    private static async Task<ProveRow> ClocksAsync()
    {
        var clock = new ProvingClock(NowMs);
        await using InterestEngine engine = await InterestEngine.OpenAsync(ProveEngine.Options(null, clock));
        await ProveEngine.PutItemsAsync(engine);
        await engine.ObserveAsync([new("ann", "item-1", EventTypes.Click, NowMs)]);
        double before = (await engine.ProfileAsync("ann")).Masses[0];
        ulong sent = 1;
        foreach (long jump in (long[])[-400 * DayMs, 3 * DayMs, -DayMs, 3650 * DayMs, 0])
        {
            clock.NowMs = NowMs + jump;
            InterestProfile now = await engine.ProfileAsync("ann");
            if (!now.Known || now.EventCount != sent || !(now.Masses[0] <= before * sent * (1 + 1e-9)))
            {
                return ProveRow.Fail(Clocks, $"{jump / DayMs} days: mass {now.Masses[0]}, {now.EventCount} events");
            }

            ObserveReply reply = await engine.ObserveAsync([new("ann", "item-1", EventTypes.Click, NowMs)]);
            await engine.RecommendAsync("ann", new Ebb.Engine.Ranking.RecommendQuery { Count = 3 });
            sent += reply.Statuses[0] == EntryStatus.Ok ? 1UL : 0;
        }

        return ProveRow.Pass(Clocks, $"-400 d, +3 d, -1 d, +10 y and back; {sent} events, all there");
    }

    private static async Task<string> FillAsync(string folder, int eventCount)
    {
        await using InterestEngine engine = await InterestEngine.OpenAsync(ProveEngine.Options(folder));
        await ProveEngine.PutItemsAsync(engine);
        await ProveEngine.ObserveAsync(engine, eventCount / 2, 1, NowMs);
        Task export = engine.ExportAsync();
        await ProveEngine.ObserveAsync(engine, eventCount / 2, 2, NowMs);
        await export;
        return Convert.ToHexStringLower(await engine.ComputeStateHashAsync());
    }
}
