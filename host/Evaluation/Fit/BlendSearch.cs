using Ebb.Engine.Interest;
using Ebb.Engine.Sources;
using Ebb.Evaluation.Compare;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// Finds a blend: for a shape (how fast sources learn and fade) the questions are asked once and the weights are solved
/// from the table; then each knob of the shape tries its values in turn, with weights solved anew.
/// </summary>
internal sealed class BlendSearch(
    ValidationData data, ServedModel model, Action<double>? progress, CancellationToken cancellation)
{
    /// <summary>Questions that shapes are compared on; the weights of the chosen one are solved on all.</summary>
    private const int ShapeQuestionCount = 700;

    /// <summary>What another shape must bring, and in standard errors: less is the luck of a few questions.</summary>
    private const double GainMin = 0.001;
    private const double GainErrorsMin = 0.5;

    private static readonly TimeSpan[] Fades =
    [
        TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10), TimeSpan.FromHours(1), TimeSpan.FromDays(1),
        TimeSpan.FromDays(7), TimeSpan.FromDays(30), TimeSpan.FromDays(90), MemorySchema.Never,
    ];

    private readonly EngineReplay _few = data.Replay(ShapeQuestionCount);
    private readonly List<FitStep> _steps = [];
    private SourcePolicy _best = SourcePolicy.VectorAlone;
    private double[] _recalls = [];
    private double _softRecall;

    public IReadOnlyList<FitStep> Steps => _steps;

    public SourcePolicy Best => _best;

    /// <summary>Shapes whose questions were asked.</summary>
    public int MeasuredCount { get; private set; }

    public async Task RunAsync()
    {
        await TryAsync(_few, [("weights", new SourcePolicy { LearnAll = true })]).ConfigureAwait(false);
        Func<SourcePolicy, IEnumerable<(string Name, SourcePolicy Shape)>>[] knobs = [.. Knobs()];
        for (int knob = 0; knob < knobs.Length; knob++)
        {
            await TryAsync(_few, [.. knobs[knob](_best).Where(pair => pair.Shape != _best)]).ConfigureAwait(false);
            progress?.Invoke((knob + 1.0) / (knobs.Length + 1));
        }

        if (data.QueryCount > _few.Queries.Length)
        {
            await TryAsync(data.Replay(data.QueryCount), [("weights on all questions", _best)])
                .ConfigureAwait(false);
        }
    }

    /// <summary>Best weights for each of some shapes that learn alike; the best is kept if it brings enough.</summary>
    private async Task TryAsync(EngineReplay replay, (string Name, SourcePolicy Shape)[] shapes)
    {
        if (shapes.Length == 0)
        {
            return;
        }

        MeasuredCount += shapes.Length;
        BlendTable[] tables = await BlendTable.CollectAsync(
            replay, model, [.. shapes.Select(pair => pair.Shape)], cancellation).ConfigureAwait(false);
        double[]? start = _steps.Count == 0 ? null : [.. BlendTable.Kinds.Select(_best.Weight)];
        (double[] Weights, double SoftRecall)[] solved = [.. tables.Select(table => BlendWeights.Solve(table, start))];
        int best = Enumerable.Range(0, solved.Length).MaxBy(index => solved[index].SoftRecall);
        double[] recalls = tables[best].Recalls(solved[best].Weights);
        if (_recalls.Length == recalls.Length && !IsBetter(replay, recalls, solved[best].SoftRecall))
        {
            return;
        }

        _softRecall = solved[best].SoftRecall;
        _recalls = recalls;
        _best = WithWeights(shapes[best].Shape, solved[best].Weights);
        _steps.Add(new FitStep(shapes[best].Name, RankingMeasures.Estimate(recalls)));
    }

    public static SourcePolicy WithWeights(SourcePolicy shape, double[] weights)
    {
        double Of(SourceKind kind) => weights[Array.IndexOf(BlendTable.Kinds, kind)];
        return shape with
        {
            Vector = Of(SourceKind.Vector),
            Transitions = Of(SourceKind.Transitions),
            Neighbours = Of(SourceKind.Neighbours),
            Popularity = Of(SourceKind.Popularity),
            Repeats = Of(SourceKind.Repeats),
            Encoder = Of(SourceKind.Encoder),
        };
    }

    private bool IsBetter(EngineReplay replay, double[] recalls, double softRecall)
    {
        int[] users = [.. replay.Queries.Select(query => query.UserStart)];
        MetricEstimate gain = PairedDifference.Of(recalls, _recalls, users);
        return softRecall >= _softRecall + GainMin && gain.Mean >= GainErrorsMin * gain.StandardError;
    }

    /// <summary>
    /// As of the best when asked: a source that is off has no knobs. Values of one knob that learn differently are
    /// knobs of their own.
    /// </summary>
    private static IEnumerable<Func<SourcePolicy, IEnumerable<(string Name, SourcePolicy Shape)>>> Knobs() =>
    [
        best => Fades.Where(_ => best.Repeats > 0)
            .Select(h => (Text("repeat half-life", h), best with { RepeatHalfLife = h })),
        best => Fades.Where(_ => best.Neighbours > 0)
            .Select(h => (Text("seed half-life", h), best with { SeedHalfLife = h })),
        .. Days(1, 30).Select(h => Knob(
            best => best.Popularity > 0, Text("popularity half-life", h),
            best => best with { PopularityHalfLife = h })),
        Knob(best => best.Neighbours > 0, "neighbour window 4", best => best with { NeighbourWindow = 4 }),
        Knob(best => best.Neighbours > 0, "neighbour window 31", best => best with { NeighbourWindow = 31 }),
        .. Days(30).Select(h => Knob(
            best => best.Neighbours > 0, Text("neighbour half-life", h),
            best => best with { NeighbourHalfLife = h })),
        .. Days(1).Select(h => Knob(
            best => best.Transitions > 0, Text("transition gap", h), best => best with { TransitionGapMax = h })),
    ];

    private static IEnumerable<TimeSpan> Days(params int[] days) => days.Select(count => TimeSpan.FromDays(count));

    private static Func<SourcePolicy, IEnumerable<(string Name, SourcePolicy Shape)>> Knob(
        Predicate<SourcePolicy> applies, string name, Func<SourcePolicy, SourcePolicy> change) =>
        best => applies(best) ? [(name, change(best))] : [];

    private static string Text(string name, TimeSpan halfLife) => $"{name} {DurationText.Format(halfLife)}";
}
