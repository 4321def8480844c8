using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// The validation slice: questions from the end of the training part, sources and item vectors of what was before it.
/// Everything that is chosen is chosen on one of these. Immutable.
/// </summary>
internal sealed class ValidationData
{
    private readonly FitOptions _options;
    private readonly ItemVectors _vectors;
    private readonly float[][] _substitutes;

    // The model of the learning part; null: none.
    private readonly string? _learning;

    private ValidationData(FitOptions options, EvaluationSplit split, ItemVectors vectors, BehaviourLog log)
    {
        _options = options;
        _vectors = vectors;
        _learning = options.ModelFolder is { } model ? ModelFiles.Learning(model) : null;
        float[][] learned = _learning is null
            ? LearningVectors.Build(split, vectors.Dimension)
            : OfModel(_learning, split);
        (_substitutes, Axes) = _learning is null
            ? (AxisAlignment.Turn(learned, Served), AxisAlignment.AgreementTurned(learned, Served))
            : (learned, AxisAlignment.Agreement(learned, Served));
        Split = split;
        Log = log;

        ReadOnlyMemory<float> Served(int index) => vectors.Row(split.Catalogue.VectorRows[index]);
    }

    public EvaluationSplit Split { get; }

    /// <summary>
    /// Vectors of what was before the slice, by catalogue index: in the axes of the given ones as near as a rotation
    /// brings them; a model's as they are, since its encoder speaks of these axes.
    /// </summary>
    public float[][] Substitutes => _substitutes;

    /// <summary>
    /// Of <see cref="Substitutes"/> with the given vectors: whether these may take what is learned by dimension.
    /// </summary>
    public AxisAgreement Axes { get; }

    public BehaviourLog Log { get; }

    /// <summary>The given vectors, for their names and length.</summary>
    public ItemVectors Named => _vectors;

    public int Dimension => _vectors.Dimension;

    /// <summary>Questions that may be asked.</summary>
    public int QueryCount => Math.Min(_options.QueryCountMax, Split.Queries.Length);

    /// <exception cref="DataFileException">A file cannot be read, or the slice leaves nothing to ask.</exception>
    public static ValidationData Load(FitOptions options, Action<ReplayProgress>? progress)
    {
        progress?.Invoke(new ReplayProgress("reading", 0));
        BehaviourLog log = DatasetReader.Read(options.Dataset, options.DataPath);
        string path = options.FindVectors()
            ?? throw DataFileException.In(options.DataPath, "no item vectors beside the data; name them.");
        var vectors = ItemVectors.Load(path, options.FindIds(path));
        var test = EvaluationSplit.Build(log, options.Split, options.HistoryEventMax, vectors);
        EvaluationSplit split = ValidationSplit.Build(log, test, options, vectors);
        if (split.Queries.Length == 0)
        {
            throw DataFileException.In(options.DataPath, "the training part leaves no question with a history.");
        }

        progress?.Invoke(new ReplayProgress("vectors of the learning part", 0));
        return new ValidationData(options, split, vectors, log);
    }

    /// <summary>Some of the questions, evenly spread over those there are.</summary>
    /// <param name="questionCount">At most.</param>
    /// <param name="oneByOne">Slower; the same bits every time.</param>
    public EngineReplay Replay(int questionCount, bool oneByOne = false)
    {
        var runner = new RankerRunner(Split, _options.ExcludesHistory);
        return new EngineReplay(Split, _vectors, runner, _options.Backend)
        {
            Substitutes = _substitutes,
            Encoder = _options.EncoderOf(_learning),
            LearnStep = _options.LearnStep,
            UsersAtOnce = oneByOne ? 1 : EngineReplay.UsersAtOnceUsual,
        }.Sampled(Math.Min(questionCount, QueryCount));
    }

    /// <summary>
    /// The slices before this one that a half-life is chosen on too. None with a model: it has learned from them.
    /// </summary>
    public IEnumerable<EngineReplay> Earlier() => _learning is not null
        ? []
        : PastSlices.Before(Split, Log, _options, _vectors).Take(PastSlices.PooledCount - 1)
            .Select(slice => slice.Sampled(_options.QueryCountMax));

    private static float[][] OfModel(string folder, EvaluationSplit split)
    {
        var vectors = ItemVectors.Load(ModelFiles.Vectors(folder), ModelFiles.Ids(folder));
        var rowOf = vectors.Ids.Select((id, row) => (id, row)).ToDictionary(pair => pair.id, pair => pair.row);
        return [.. split.Catalogue.Ids.Select(id => rowOf.TryGetValue(id, out int row)
            ? vectors.Row(row).ToArray()
            : new float[vectors.Dimension])];
    }
}
