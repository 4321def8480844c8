using System.Diagnostics;
using System.Globalization;
using Ebb.Engine;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Shop;

/// <summary>
/// How long a stranger's first request takes beside the first list of somebody known, in process, in turns of the two:
/// ratios hold where other work disturbs the machine.
/// </summary>
internal static class FirstRequest
{
    private const int RoundCount = 40;
    private const int RequestsPerRound = 50;
    private const int SegmentActs = 2000;
    private const string Segment = "s";

    public static async Task<string> MeasureAsync(ReplayData data, CancellationToken cancel)
    {
        float[][] vectors = GraphStudy.GivenVectors(data);
        EvaluationSplit split = data.Split;
        await using InterestEngine engine = await InterestEngine.OpenAsync(
            new EngineOptions { Dimension = vectors[0].Length }, cancel).ConfigureAwait(false);
        await engine.PutItemsAsync(
            [.. vectors.Select((vector, item) => new ItemPut(split.Catalogue.Ids[item], vector))])
            .ConfigureAwait(false);
        foreach (BehaviourRow[] chunk in split.Rows.Chunk(1024))
        {
            await engine.ObserveAsync(
            [
                .. chunk.Where(row => split.Catalogue.IndexOf(row.Item) >= 0).Select(row => new BehaviourEvent(
                    "u" + row.User, split.Catalogue.Ids[split.Catalogue.IndexOf(row.Item)], row.Type, row.TimeMs)),
            ]).ConfigureAwait(false);
        }

        for (int row = 0; row < split.Rows.Length; row += split.Rows.Length / SegmentActs)
        {
            if (split.Catalogue.IndexOf(split.Rows[row].Item) is >= 0 and int item)
            {
                await engine.ActAsync(
                    "u" + split.Rows[row].User,
                    [new BehaviourEvent(
                        "u" + split.Rows[row].User, split.Catalogue.Ids[item], split.Rows[row].Type,
                        split.Rows[row].TimeMs)],
                    new RecommendQuery { Count = 1, Filter = new ItemFilter { Segment = Segment } })
                    .ConfigureAwait(false);
            }
        }

        string[] known = [.. split.Rows.Select(row => row.User).Distinct().Select(user => "u" + user)];
        var ratios = new List<double>();
        var segmentRatios = new List<double>();
        for (int round = 0; round < RoundCount; round++)
        {
            int first = round * RequestsPerRound;
            double stranger = await TimeAsync(engine, at => $"new {first + at}", "", cancel).ConfigureAwait(false);
            double ofSegment = await TimeAsync(engine, at => $"new {first + at}", Segment, cancel)
                .ConfigureAwait(false);
            double user = await TimeAsync(engine, at => known[(first + at) % known.Length], "", cancel)
                .ConfigureAwait(false);
            ratios.Add(stranger / user);
            segmentRatios.Add(ofSegment / user);
        }

        ratios.Sort();
        segmentRatios.Sort();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"a stranger's first request takes {ratios[RoundCount / 2]:0.00} of the first list of a known user (median"
            + $" of {RoundCount} rounds of {RequestsPerRound} in turns, in process; quartiles"
            + $" {ratios[RoundCount / 4]:0.00} and {ratios[RoundCount * 3 / 4]:0.00}); one of a segment"
            + $" {segmentRatios[RoundCount / 2]:0.00} ({segmentRatios[RoundCount / 4]:0.00},"
            + $" {segmentRatios[RoundCount * 3 / 4]:0.00}).");
    }

    private static async Task<double> TimeAsync(
        InterestEngine engine, Func<int, string> userOf, string segment, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var query = new RecommendQuery { Count = 20, Filter = new ItemFilter { Segment = segment } };
        long begun = Stopwatch.GetTimestamp();
        for (int at = 0; at < RequestsPerRound; at++)
        {
            await engine.RecommendAsync(userOf(at), query).ConfigureAwait(false);
        }

        return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }
}
