using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Npy;

namespace Ebb.Evaluation.Replay;

/// <summary>A data set read and split, with its item vectors where it has them. Immutable.</summary>
internal sealed class ReplayData
{
    private readonly EvaluationOptions _options;

    private ReplayData(
        EvaluationOptions options, BehaviourLog log, EvaluationSplit split, ItemVectors? vectors)
    {
        _options = options;
        Log = log;
        Split = split;
        Vectors = vectors;
        Runner = new RankerRunner(split, options.ExcludesHistory);
    }

    public BehaviourLog Log { get; }

    public EvaluationSplit Split { get; }

    /// <summary>Null: none beside the data and none named.</summary>
    public ItemVectors? Vectors { get; }

    public RankerRunner Runner { get; }

    /// <exception cref="DataFileException">A file cannot be read, or the split leaves nothing to ask.</exception>
    public static ReplayData Load(EvaluationOptions options, Action<ReplayProgress>? progress)
    {
        progress?.Invoke(new ReplayProgress("reading", 0));
        BehaviourLog log = DatasetReader.Read(options.Dataset, options.DataPath);
        string? path = options.FindVectors();
        ItemVectors? vectors = path is null
            ? null
            : ItemVectors.Load(path, options.FindIds(path));
        progress?.Invoke(new ReplayProgress("splitting", 0));
        var split = EvaluationSplit.Build(log, options.Split, options.HistoryEventMax, vectors);
        return split.Queries.Length > 0
            ? new ReplayData(options, log, split, vectors)
            : throw DataFileException.In(
                options.DataPath, $"the split '{options.Split}' leaves no query with a history; choose another.");
    }

    /// <summary>Every query of the split, asked of an engine.</summary>
    /// <param name="swapTo">A bundle that takes the model's place half-way; null: none does.</param>
    /// <exception cref="DataFileException">There are no vectors.</exception>
    public EngineReplay Replay(string? swapTo = null) => new(
        Split,
        Vectors ?? throw DataFileException.In(_options.DataPath, "no item vectors beside the data; name them."),
        Runner, _options.Backend)
    {
        LearnStep = _options.LearnStep,
        Encoder = _options.EncoderOf(_options.ModelFolder),
        SwapTo = _options.EncoderOf(swapTo),
    };
}
