using System.Diagnostics;
using Ebb.Engine;
using Ebb.Engine.Encryption;
using Ebb.Engine.Log;
using Ebb.Proving.Media;

namespace Ebb.Proving.Crash;

/// <summary>
/// Runs the workload once on a journal, then makes the folder of a crash after many of its calls and opens each: it
/// must open, hold all that was told durable and nothing that was not sent, and fold to the same state from its log.
/// </summary>
internal sealed class CrashTrial
{
    private const int StepCount = 40;

    private readonly bool _trims;
    private readonly ScratchFolder _folder = new();
    private readonly JournalMedium _journal = new();
    private readonly ExpectedState _expected = new();

    private readonly EncryptionKey? _key;

    private CrashTrial(bool trims, EncryptionKey? key)
    {
        _trims = trims;
        _key = key;
    }

    /// <param name="kind">Of the crashes.</param>
    /// <param name="count">
    /// Crashes, spread evenly over the journal with a seeded offset; one more for each file that they miss.
    /// </param>
    /// <param name="trims">Trim behind each base; then a fold of the whole log cannot be compared.</param>
    /// <param name="key">Keeps the folder encrypted.</param>
    public static async Task<CrashReport> RunAsync(
        CrashKind kind, int count, bool trims, EncryptionKey? key = null)
    {
        var trial = new CrashTrial(trims, key);
        using (trial._folder)
        {
            await trial.RecordAsync().ConfigureAwait(false);
            return await trial.CrashAsync(kind, count).ConfigureAwait(false);
        }
    }

    private async Task RecordAsync()
    {
        using IDisposable replaced = FileMedium.Replace(_folder.Path, _journal);
        var workload = new CrashWorkload(_folder.Path, _expected, () => _journal.Position, key: _key);
        await workload.RunAsync(lifeCount: 2, StepCount, _trims).ConfigureAwait(false);
    }

    private async Task<CrashReport> CrashAsync(CrashKind kind, int count)
    {
        var random = new Random(42);
        int total = _journal.Position;
        var failures = new List<string>();
        TimeSpan slowest = TimeSpan.Zero;
        var points = new Dictionary<string, int>();
        List<int> cuts = Cuts(count, random);
        foreach (int cut in cuts)
        {
            string point = PointOf(_journal.Ops[cut - 1]);
            points[point] = points.GetValueOrDefault(point) + 1;
            long started = Stopwatch.GetTimestamp();
            if (await OpenAsync(kind, cut, random.Next()).ConfigureAwait(false) is { } failure)
            {
                failures.Add($"{kind} after call {cut} of {total} ({point}): {failure}");
            }

            TimeSpan took = Stopwatch.GetElapsedTime(started);
            slowest = took > slowest ? took : slowest;
        }

        return new CrashReport(cuts.Count, total, failures, slowest, points);
    }

    private List<int> Cuts(int count, Random random)
    {
        // Jittered within its share: no trial depends on another's draw.
        int total = _journal.Position;
        List<int> cuts =
        [
            .. Enumerable.Range(0, count).Select(
                trial => (int)Math.Min(total, ((trial + random.NextDouble()) * total / count) + 1)),
        ];

        // How calls of different files follow each other is the threads' affair: a file that few cuts of many would all
        // miss gets one of its own.
        HashSet<string> met = [.. cuts.Select(cut => PartOf(_journal.Ops[cut - 1]))];
        foreach (IGrouping<string, int> calls in Enumerable.Range(1, total).GroupBy(
            cut => PartOf(_journal.Ops[cut - 1])).Where(part => !met.Contains(part.Key)).ToArray())
        {
            cuts.Add(calls.ElementAt(random.Next(calls.Count())));
        }

        return cuts;
    }

    private async Task<string?> OpenAsync(CrashKind kind, int cut, int seed)
    {
        using var crashed = new ScratchFolder();
        using IDisposable replaced = FileMedium.Replace(crashed.Path, new FastMedium());
        CrashImage.Make(_journal.Ops, cut, kind, new Random(seed), (_folder.Path, crashed.Path));
        EngineOptions plain = CrashWorkload.Options(crashed.Path, new ProvingClock(CrashWorkload.StartMs), _trims);
        EngineOptions options = plain with { EncryptionKey = _key };
        try
        {
            byte[] recovered;
            InterestEngine engine = await InterestEngine.OpenAsync(options).ConfigureAwait(false);
            await using (engine.ConfigureAwait(false))
            {
                if (await _expected.CheckAsync(engine, cut).ConfigureAwait(false) is { } wrong)
                {
                    return wrong;
                }

                recovered = await engine.ComputeStateHashAsync().ConfigureAwait(false);
            }

            return _trims ? null : await CompareAsync(options with { ReplayWholeLog = true }, recovered)
                .ConfigureAwait(false);
        }
        catch (EngineStartException refused)
        {
            return "refused: " + refused.Message;
        }
    }

    private static async Task<string?> CompareAsync(EngineOptions options, byte[] recovered)
    {
        InterestEngine engine = await InterestEngine.OpenAsync(options).ConfigureAwait(false);
        await using (engine.ConfigureAwait(false))
        {
            byte[] folded = await engine.ComputeStateHashAsync().ConfigureAwait(false);
            return folded.AsSpan().SequenceEqual(recovered) ? null : "base and log fold to another state than the log";
        }
    }

    private static string PointOf(JournalOp op) => $"{PartOf(op)} {op.Kind}";

    private static string PartOf(JournalOp op)
    {
        string folder = Path.GetFileName(Path.GetDirectoryName(op.Path)!);
        string file = Path.GetFileName(op.Path);
        return folder switch
        {
            "base" => "export",
            "catalogue" => "catalogue log",
            _ when file.StartsWith("ENCRYPTION", StringComparison.Ordinal) => "encryption mark",
            _ when file.StartsWith("MANIFEST", StringComparison.Ordinal) => "manifest",
            _ when file.StartsWith("owner", StringComparison.Ordinal) => "owner",
            _ when file.StartsWith("commit", StringComparison.Ordinal) => "commit",
            _ => "append",
        };
    }
}
