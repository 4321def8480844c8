namespace Ebb.Evaluation.Replay;

/// <summary>Which acts of a user are queries; what is no query is the training part.</summary>
public enum SplitKind
{
    /// <summary>The data set's own protocol; OTTO and plain CSV have none and take each user's last act.</summary>
    Protocol,

    /// <summary>The last N acts (rows; baskets where the data has them) of each user.</summary>
    LastActs,

    /// <summary>Every act from a moment on.</summary>
    FromTime,
}
