using Ebb.Evaluation.Fit;
using Ebb.Evaluation.Replay;
using Ebb.Evaluation.Studies.Experiments;
using Ebb.Evaluation.Studies.Planted;
using Ebb.Evaluation.Studies.Population;
using Ebb.Evaluation.Studies.Shop;

namespace Ebb.Evaluation.Studies;

/// <summary>Studies of one thing about a policy, on a replay.</summary>
public static class StudyRunner
{
    public static IReadOnlyList<string> Names { get; } =
    [
        "keep", "diversity", "calibration", "burst", "rates", "attention", "migration", "trends", "graph",
        "graph-cold", "graph-served", "audience", "coldstart", "items", "experiments", "tuner", "tuner-replay",
        "planted", "half-life", "costs",
    ];

    /// <exception cref="DataFileException">A file cannot be read, or the split leaves nothing to ask.</exception>
    public static Task<StudyReport> RunAsync(
        string study, StudyOptions options, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        if (study == "migration")
        {
            return MigrationStudy.RunAsync(options, progress, cancellation);
        }

        if (study == "trends")
        {
            return TrendStudy.RunAsync(options, progress, cancellation);
        }

        if (study == "planted")
        {
            return PlantedStudy.RunAsync(options, progress, cancellation);
        }

        if (study == "half-life")
        {
            return HalfLifeStudy.RunAsync(options, progress, cancellation);
        }

        Func<StudyReport>? plain = study switch
        {
            "graph" => () => GraphStudy.Run(options, progress, cancellation),
            "graph-cold" => () => ColdGraphStudy.Run(options, progress, cancellation),
            "audience" => () => AudienceStudy.Run(options, progress, cancellation),
            "experiments" => () => ExperimentStudy.Run(options, progress, cancellation),
            "tuner" => () => TunerStudy.Run(progress, cancellation),
            "tuner-replay" => () => TunerReplayStudy.Run(options, progress, cancellation),
            _ => null,
        };
        if (plain is not null)
        {
            return Task.Run(plain, cancellation);
        }

        if (study == "coldstart")
        {
            return ColdStartStudy.RunAsync(options, progress, cancellation);
        }

        if (study == "costs")
        {
            return CostStudy.RunAsync(options, cancellation);
        }

        if (study == "graph-served")
        {
            return GraphServedStudy.RunAsync(options, progress, cancellation);
        }

        if (study == "items")
        {
            return ItemTextStudy.RunAsync(options, progress, cancellation);
        }

        EngineReplay replay = Replay(options, progress);
        return study switch
        {
            "keep" => KeepCurve.RunAsync(replay, options.Model, KeepCurve.DefaultEpsilons, progress, cancellation),
            "diversity" => DiversityCurve.RunAsync(replay, options.Model, progress, cancellation),
            "calibration" => CalibrationStudy.RunAsync(replay, options.Model, progress, cancellation),
            "burst" => BurstStudy.RunAsync(replay, options.Model, progress, cancellation),
            "rates" => RatesStudy.RunAsync(replay, options.Model, progress, cancellation),
            "attention" => AttentionStudy.RunAsync(replay, options.Model, progress, cancellation),
            _ => throw new ArgumentException($"there is no study '{study}'", nameof(study)),
        };
    }

    private static EngineReplay Replay(StudyOptions options, Action<ReplayProgress>? progress)
    {
        if (!options.Validation)
        {
            return ReplayData.Load(options.Data, progress).Replay();
        }

        var data = ValidationData.Load(new FitOptions(options.Data), progress);
        return data.Replay(data.QueryCount);
    }
}
