using System.Globalization;
using Ebb.Engine;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Diagnostics;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Replay;
using Ebb.Evaluation.Studies.Population;

namespace Ebb.Evaluation.Studies.Planted;

/// <summary>
/// One replay through the engine: every act is an ACT with a list of ten, and every list's δ is what the alarms see.
/// </summary>
internal sealed class AlarmReplay(ReplayData data, PlantedLog planted, ServedModel model, double share)
{
    private const int ListLength = 10;
    private const int FirstActs = 3;
    private const double DayMs = 86_400_000;

    private static readonly int[] BlockCounts = [256, 128, 64, 32, 16];

    /// <summary>Acts between two looks at the alarm.</summary>
    private const int LookEvery = 16;

    private readonly int[] _counts = new int[data.Log.Users.Count];
    private readonly List<int> _userDelays = [];
    private readonly HashSet<int> _foundUsers = [];
    private int _blockCount;
    private int _falseAlarms;
    private int _quietLists;
    private int _quietFlags;
    private int _changedUsers;
    private (int Lists, double Days)? _populationDelay;

    public async Task RunAsync(CancellationToken cancellation)
    {
        int before = planted.Acts.Count(act => act.TimeMs < planted.MomentMs);

        // The baseline of 64 blocks fits before the moment twice, for an alarm in between, with as much to be quiet in.
        _blockCount = BlockCounts.First(count => before >= 4 * 64 * count || count == BlockCounts[^1]);
        var clock = new StudyClock { NowMs = planted.Acts[0].TimeMs };
        await using InterestEngine engine = await OpenAsync(clock, cancellation).ConfigureAwait(false);
        DriftReply? drift = null;
        int listsAfter = 0;
        for (int place = 0; place < planted.Acts.Length; place++)
        {
            cancellation.ThrowIfCancellationRequested();
            (int user, long timeMs, BehaviourRow[] rows) = planted.Acts[place];
            clock.NowMs = Math.Max(clock.NowMs, timeMs);
            Recommendation list = await ActAsync(engine, user, rows).ConfigureAwait(false);
            listsAfter += timeMs >= planted.MomentMs ? 1 : 0;
            Judge(user, list.Drift, drift?.AlarmFrom ?? double.NaN, timeMs);
            if (place % LookEvery == 0)
            {
                drift = await engine.DriftAsync(data.Log.Users[user]).ConfigureAwait(false);
                Look(drift.Population, listsAfter, timeMs);
            }

            _counts[user]++;
        }
    }

    public IEnumerable<string[]> Rows()
    {
        string told = share.ToString("P0", CultureInfo.InvariantCulture);
        string[] Row(string detector, string what, string figure) => [detector, told, what, figure];
        string Of(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
        yield return Row(
            $"population (blocks of {_blockCount})", "alarms before the moment",
            Of($"{_falseAlarms}"));
        string what = share > 0 ? "lists and days until the first alarm" : "first alarm without a change";
        yield return Row(
            $"population (blocks of {_blockCount})", what,
            _populationDelay is { } delay ? Of($"{delay.Lists:N0} lists, {delay.Days:0.0} d") : "none");
        double quiet = _quietFlags / Math.Max(1.0, _quietLists);
        yield return Row(
            "user", "lists of nobody's change flagged", Of($"{_quietFlags:N0} of {_quietLists:N0} ({quiet:P1})"));
        if (share > 0)
        {
            double found = _userDelays.Count(delay => delay < FirstActs) / Math.Max(1.0, _changedUsers);
            string mean = _userDelays.Count == 0
                ? "none"
                : Of($"{_userDelays.Average():0.0} acts after the first changed one");
            yield return Row(
                "user", $"changed users flagged within {FirstActs} acts", Of($"{found:P1} of {_changedUsers:N0}"));
            yield return Row("user", "mean delay of those ever flagged", $"{mean} ({_userDelays.Count} users)");
        }
    }

    /// <summary>A changed user's lists count for the delay from the change on; others must be quiet.</summary>
    private void Judge(int user, double drift, double alarmFrom, long timeMs)
    {
        int change = planted.Changes[user];
        bool changes = change >= 0 && PlantedLog.IsPlanted(user, share);
        int since = _counts[user] - change;
        bool isFlagged = drift >= alarmFrom;
        if (changes && since >= 0)
        {
            _changedUsers += since == 0 ? 1 : 0;
            if (isFlagged && _foundUsers.Add(user))
            {
                _userDelays.Add(since);
            }
        }
        else if (!double.IsNaN(drift) && !double.IsNaN(alarmFrom) && timeMs >= planted.MomentMs)
        {
            _quietLists++;
            _quietFlags += isFlagged ? 1 : 0;
        }
    }

    private void Look(DriftAlarm alarm, int listsAfter, long timeMs)
    {
        if (timeMs < planted.MomentMs)
        {
            _falseAlarms = (int)alarm.RaisedCount;
        }
        else if (alarm.RaisedCount > _falseAlarms && _populationDelay is null)
        {
            _populationDelay = (listsAfter, (timeMs - planted.MomentMs) / DayMs);
        }
    }

    private async Task<Recommendation> ActAsync(InterestEngine engine, int user, BehaviourRow[] rows)
    {
        BehaviourEvent[] events =
        [
            .. rows.Select(row => new BehaviourEvent(
                data.Log.Users[user], data.Log.Items[planted.ItemOf(row, _counts[user], share)], row.Type, row.TimeMs,
                float.IsNaN(row.Value) ? null : row.Value)),
        ];
        ActReply reply = await engine.ActAsync(
            data.Log.Users[user], events, new RecommendQuery { Count = ListLength }).ConfigureAwait(false);
        return reply.Recommendation;
    }

    private async Task<InterestEngine> OpenAsync(TimeProvider clock, CancellationToken cancellation)
    {
        ItemVectors vectors = data.Vectors!;
        InterestEngine engine = await InterestEngine.OpenAsync(
            new EngineOptions
            {
                Dimension = vectors.Dimension,
                PartitionCount = 1,
                Policy = model.Policy,
                Schema = model.Memory ?? new MemorySchema { HalfLives = [model.HalfLife] },
                Clock = clock,
                DriftAlarm = new DriftAlarmOptions { BlockCount = _blockCount },
            },
            cancellation).ConfigureAwait(false);
        var known = new HashSet<string>(data.Log.Items);
        foreach (int[] chunk in Enumerable.Range(0, vectors.Count).Where(row => known.Contains(vectors.Ids[row]))
            .Chunk(4096))
        {
            await engine.PutItemsAsync(
                [.. chunk.Select(row => new ItemPut(vectors.Ids[row], vectors.Row(row)))]).ConfigureAwait(false);
        }

        return engine;
    }
}
