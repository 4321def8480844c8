using System.Globalization;
using Ebb.Engine.Interest;
using Ebb.Engine.Sources;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// Coordinate search over a blend: each knob in turn tries its values and keeps the best, until a round brings
/// nothing. Knobs that change what is learned need a freshly taught engine a value and are tried once in between.
/// </summary>
internal sealed class BlendSearch(
    Func<SourcePolicy, Task<FitEngine>> open, Action<double>? progress, CancellationToken cancellation)
{
    private const int RoundCountMax = 3;

    /// <summary>What a change must bring: less is the luck of a few questions.</summary>
    private const double GainMin = 0.0005;

    private static readonly double[] Weights = [0, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2.5];

    private static readonly TimeSpan[] Fades =
    [
        TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10), TimeSpan.FromHours(1), TimeSpan.FromDays(1),
        TimeSpan.FromDays(7), TimeSpan.FromDays(30), TimeSpan.FromDays(90), MemorySchema.Never,
    ];

    private readonly List<FitStep> _steps = [];
    // A search that starts with nothing may find one source and stay with it: it starts with a little of each.
    private SourcePolicy _best = new()
    {
        Transitions = 0.5,
        Neighbours = 0.5,
        Popularity = 0.2,
        Repeats = 0.2,
        LearnAll = true,
    };

    private MetricEstimate _reached;

    public IReadOnlyList<FitStep> Steps => _steps;

    public SourcePolicy Best => _best;

    public MetricEstimate Reached => _reached;

    public int MeasuredCount { get; private set; }

    public async Task RunAsync()
    {
        FitEngine engine = await open(_best).ConfigureAwait(false);
        try
        {
            _reached = await engine.MeasureAsync(_best, cancellation).ConfigureAwait(false);
            await SearchAsync(engine).ConfigureAwait(false);
            progress?.Invoke(0.5);
            foreach ((string name, SourcePolicy policy) in Relearned())
            {
                FitEngine other = await open(policy).ConfigureAwait(false);
                if (!await TryAsync(other, name, policy).ConfigureAwait(false))
                {
                    await other.DisposeAsync().ConfigureAwait(false);
                    continue;
                }

                await engine.DisposeAsync().ConfigureAwait(false);
                engine = other;
            }

            progress?.Invoke(0.8);
            await SearchAsync(engine).ConfigureAwait(false);
        }
        finally
        {
            await engine.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task SearchAsync(FitEngine engine)
    {
        for (int round = 0; round < RoundCountMax; round++)
        {
            bool better = false;
            foreach (Func<SourcePolicy, IEnumerable<(string, SourcePolicy)>> knob in Knobs())
            {
                foreach ((string name, SourcePolicy policy) in knob(_best).ToArray())
                {
                    better |= await TryAsync(engine, name, policy).ConfigureAwait(false);
                }
            }

            if (!better)
            {
                return;
            }
        }
    }

    private async Task<bool> TryAsync(FitEngine engine, string name, SourcePolicy policy)
    {
        if (policy == _best || (policy.IsVectorAlone && policy.Vector == 0))
        {
            return false;
        }

        MeasuredCount++;
        MetricEstimate reached = await engine.MeasureAsync(policy, cancellation).ConfigureAwait(false);
        if (reached.Mean < _reached.Mean + GainMin)
        {
            return false;
        }

        (_best, _reached) = (policy, reached);
        _steps.Add(new FitStep(name, reached));
        return true;
    }

    private static IEnumerable<Func<SourcePolicy, IEnumerable<(string Name, SourcePolicy Policy)>>> Knobs() =>
    [
        best => Weights.Select(w => (Text("transitions", w), best with { Transitions = w })),
        best => Weights.Select(w => (Text("neighbours", w), best with { Neighbours = w })),
        best => Fades.Where(_ => best.Neighbours > 0)
            .Select(h => (Text("seed half-life", h), best with { SeedHalfLife = h })),
        best => Weights.Select(w => (Text("repeats", w), best with { Repeats = w })),
        best => Fades.Where(_ => best.Repeats > 0)
            .Select(h => (Text("repeat half-life", h), best with { RepeatHalfLife = h })),
        best => Weights.Select(w => (Text("popularity", w), best with { Popularity = w })),
        best => Weights.Select(w => (Text("vector", w), best with { Vector = w })),
    ];

    /// <summary>As of the best when asked; each is tried on top of it.</summary>
    private IEnumerable<(string Name, SourcePolicy Policy)> Relearned()
    {
        foreach (int window in new[] { 4, 31 })
        {
            yield return ($"neighbour window {window}", _best with { NeighbourWindow = window });
        }

        foreach (int days in new[] { 1, 30 })
        {
            yield return (
                $"popularity half-life {days}d", _best with { PopularityHalfLife = TimeSpan.FromDays(days) });
        }

        yield return ("transition gap 1d", _best with { TransitionGapMax = TimeSpan.FromDays(1) });
    }

    private static string Text(string name, double weight) =>
        string.Create(CultureInfo.InvariantCulture, $"{name} {weight:0.##}");

    private static string Text(string name, TimeSpan halfLife) => $"{name} {HalfLifeText.Format(halfLife)}";
}
