namespace Ebb.Evaluation.Fit;

/// <summary>Which vectors to make of which log, and where to write them. Immutable.</summary>
/// <param name="Data">Its vectors are not looked at; its split says what may be learned from.</param>
public sealed record VectorsOptions(EvaluationOptions Data, string VectorsPath, string IdsPath)
{
    public int Dimension { get; init; } = 64;

    /// <summary>Rows of one user at most this far apart are done together.</summary>
    public int Window { get; init; } = LearningVectors.WindowDefault;

    public int Seed { get; init; } = LearningVectors.SeedDefault;
}
