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
/// One replay through the engine: every act is an ACT with a list of ten, as the alarms of drift and of taste see it.
/// </summary>
/// <param name="data">For users, items and vectors.</param>
/// <param name="planted">What is done.</param>
/// <param name="model">What serves.</param>
/// <param name="plant">Share of the users that change, and of the rows of their acts that do.</param>
internal sealed class AlarmReplay(
    ReplayData data, PlantedLog planted, ServedModel model, (double Users, double Rows) plant)
{
    private const int ListLength = 10;

    private static readonly int[] BlockCounts = [256, 128, 64, 32, 16];

    private readonly AlarmTally _drift = new(planted, plant.Users, data.Log.Users.Count);
    private readonly AlarmTally _taste = new(planted, plant.Users, data.Log.Users.Count);
    private readonly HashSet<int>[] _done = [.. data.Log.Users.Select(_ => new HashSet<int>())];
    private readonly int[] _counts = new int[data.Log.Users.Count];
    private int _blockCount;

    public async Task RunAsync(CancellationToken cancellation)
    {
        int before = planted.Acts.Count(act => act.TimeMs < planted.MomentMs);

        // The baseline of 64 blocks fits before the moment twice, for an alarm in between, with as much to be quiet in.
        _blockCount = BlockCounts.First(count => before >= 4 * 64 * count || count == BlockCounts[^1]);
        var clock = new StudyClock { NowMs = planted.Acts[0].TimeMs };
        await using InterestEngine engine = await OpenAsync(clock, cancellation).ConfigureAwait(false);
        double driftFrom = double.NaN;
        foreach ((int user, long timeMs, BehaviourRow[] rows) in planted.Acts)
        {
            cancellation.ThrowIfCancellationRequested();
            clock.NowMs = Math.Max(clock.NowMs, timeMs);
            Recommendation list = await ActAsync(engine, user, rows).ConfigureAwait(false);
            DriftReply told = await engine.DriftAsync(data.Log.Users[user]).ConfigureAwait(false);
            bool? isFar = double.IsNaN(list.Drift) || double.IsNaN(driftFrom) ? null : list.Drift >= driftFrom;
            bool? isOther = double.IsNaN(told.Taste) || double.IsNaN(told.TasteAlarmFrom) ? null : told.IsTasteAlarmed;
            _drift.Judge(user, timeMs, isFar, told.Population.RaisedCount);
            _taste.Judge(user, timeMs, isOther, told.PopulationTaste.RaisedCount);
            driftFrom = told.AlarmFrom;
        }
    }

    public IEnumerable<string[]> Rows(string plantName) =>
        [.. _drift.Rows($"drift (blocks of {_blockCount})", plantName), .. _taste.Rows("taste", plantName)];

    private async Task<Recommendation> ActAsync(InterestEngine engine, int user, BehaviourRow[] rows)
    {
        int[] items = planted.ItemsOf(_done[user], rows, _counts[user]++, plant);
        BehaviourEvent[] events =
        [
            .. rows.Zip(items, (row, item) => new BehaviourEvent(
                data.Log.Users[user], data.Log.Items[item], row.Type, row.TimeMs,
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
        Dictionary<string, int> known = data.Log.Items.Select((item, index) => (item, index))
            .ToDictionary(pair => pair.item, pair => pair.index);
        foreach (int[] chunk in Enumerable.Range(0, vectors.Count).Where(row => known.ContainsKey(vectors.Ids[row]))
            .Chunk(4096))
        {
            await engine.PutItemsAsync(
            [
                .. chunk.Select(row => new ItemPut(vectors.Ids[row], vectors.Row(row))
                {
                    Category = planted.Categories[known[vectors.Ids[row]]],
                }),
            ]).ConfigureAwait(false);
        }

        return engine;
    }
}
