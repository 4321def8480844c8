namespace Ebb.Engine.Recovery;

/// <summary>
/// A published round: from where each log is needed to recover on top of it, and when it was published.
/// </summary>
internal sealed record BaseRound(
    DateTimeOffset PublishedAt, ulong CatalogueReplaySequence, IReadOnlyList<ulong> PartitionSequences);
