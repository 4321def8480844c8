using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// Slices of the past, the latest first: the validation slice of a split, then that of what was before it, and so on
/// (a rolling origin: Tashman, 2000). Each is asked with item vectors made of what is before it.
/// </summary>
internal static class PastSlices
{
    /// <summary>
    /// Slices that a half-life is chosen on. Online Retail's best one is above `never` by an error or two of one slice,
    /// and few users who never change are now and then above it by one: more questions tell the two apart.
    /// </summary>
    public const int PooledCount = 3;

    /// <summary>Made as they are taken; ends where the past has no question any more.</summary>
    public static IEnumerable<EngineReplay> Before(
        EvaluationSplit later, BehaviourLog log, FitOptions options, ItemVectors vectors)
    {
        while (true)
        {
            later = ValidationSplit.Build(log, later, options, vectors);
            if (later.Queries.Length == 0)
            {
                yield break;
            }

            yield return new EngineReplay(
                later, vectors, new RankerRunner(later, options.ExcludesHistory), options.Backend)
            {
                Substitutes = LearningVectors.Build(later, vectors.Dimension),
            };
        }
    }
}
