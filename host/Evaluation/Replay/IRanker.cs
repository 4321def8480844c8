namespace Ebb.Evaluation.Replay;

/// <summary>
/// A method that answers queries one after the other, in the order of their times (ties: their order in the split).
/// Used by one thread.
/// </summary>
internal interface IRanker
{
    /// <summary>
    /// True for a method that also learns from the rows that were queries once they are past, so that it can know items
    /// which the training part never saw. For all others a truth item never seen in training is a miss.
    /// </summary>
    public bool LearnsAfterTraining => false;

    /// <summary>
    /// Fills top with catalogue indices, best first, leaving out those in excluded; returns how many.
    /// </summary>
    public int Rank(ReplayQuery query, IReadOnlySet<int> excluded, Span<int> top);
}
