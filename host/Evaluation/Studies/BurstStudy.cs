using System.Globalization;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies;

/// <summary>
/// What a click farm costs: fake users each click one unpopular item again and again, in the last day before the
/// questions, a twentieth of all that is taught. With a burst cap in the memory schema and without one, run twice.
/// </summary>
internal static class BurstStudy
{
    private const double FakeShare = 0.05;
    private const int ClicksPerFake = 50;
    private const int PushedItemCount = 20;
    private const int SecondsApart = 2;
    private const int Seed = 42;

    public static async Task<StudyReport> RunAsync(
        EngineReplay replay, ServedModel model, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        ListFacts clean = await ListFacts.OfAsync(replay, model, cancellation).ConfigureAwait(false);
        progress?.Invoke(new ReplayProgress("fakes", 0.5));
        TaughtAct[] fakes = Fakes(replay.Split);
        ListFacts farmed = await ListFacts.OfAsync(replay.With(fakes), model, cancellation).ConfigureAwait(false);
        HashSet<int> pushed = [.. fakes.Select(fake => fake.Item)];
        return new StudyReport(
            "Burst cap", ["clicks", "Recall@20", "change", "relative", "places taken by pushed items"],
            [
                ["real", .. clean.RecallCells(clean), ListFacts.Percent(clean.PlacesOf(pushed))],
                [
                    string.Create(CultureInfo.InvariantCulture, $"with {fakes.Length:N0} fake ones"),
                    .. farmed.RecallCells(clean), ListFacts.Percent(farmed.PlacesOf(pushed)),
                ],
            ],
            [
                model.Describe()
                    + "; the memory schema is the one given: compare one with a burst_cap and one without.",
                $"{ClicksPerFake} clicks a fake user, {SecondsApart} s apart, on one of {PushedItemCount} items of the"
                + " less popular half.",
            ]);
    }

    private static TaughtAct[] Fakes(EvaluationSplit split)
    {
        var random = new Random(Seed);
        int known = split.Catalogue.TrainingCounts.Count(count => count > 0);
        int[] pushed = [.. Enumerable.Range(0, PushedItemCount).Select(_ => random.Next(known / 2, known))];
        int clicks = (int)(FakeShare * split.Training.Count(training => training));
        long lastMs = split.Queries.Min(query => query.TimeMs) - 1;
        long firstMs = lastMs - (long)TimeSpan.FromDays(1).TotalMilliseconds;
        var fakes = new List<TaughtAct>(clicks);
        for (int user = 0; fakes.Count < clicks; user++)
        {
            long startMs = random.NextInt64(firstMs, lastMs - (ClicksPerFake * SecondsApart * 1000));
            for (int click = 0; click < ClicksPerFake && fakes.Count < clicks; click++)
            {
                fakes.Add(new TaughtAct(
                    string.Create(CultureInfo.InvariantCulture, $"fake {user}"), pushed[user % PushedItemCount],
                    startMs + (click * SecondsApart * 1000)));
            }
        }

        return [.. fakes.OrderBy(fake => fake.TimeMs)];
    }
}
