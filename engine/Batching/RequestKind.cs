namespace Ebb.Engine.Batching;

public enum RequestKind : byte
{
    /// <summary>Fold events of any users.</summary>
    Observe,

    /// <summary>A list for one user.</summary>
    Recommend,

    /// <summary>Fold one user's events, then a list that reflects them.</summary>
    Act,

    /// <summary>Score given candidates for one user.</summary>
    Rank,

    Profile,

    /// <summary>The score of one item taken apart.</summary>
    Why,

    /// <summary>How far a user has drifted from their last list.</summary>
    Drift,

    /// <summary>One user in few figures.</summary>
    Portrait,

    /// <summary>Begin a watch of one user's phases.</summary>
    Subscribe,

    /// <summary>The user goes. Runs alone, in its turn; answered when durable.</summary>
    Forget,

    /// <summary>
    /// One event of the user goes, named by EventId. As Forget; a look into the log is taken beside it.
    /// </summary>
    Unsend,

    /// <summary>
    /// What is under the user's key comes under that of Subject. As Forget; steps in both partitions are taken beside
    /// it.
    /// </summary>
    Merge,
}
