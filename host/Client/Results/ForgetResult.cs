namespace Ebb.Client;

/// <summary>
/// A user forgotten. Known: there was something to forget. ErasedByMs: from then on (ms since the epoch) no file of the
/// server holds the user's key; long.MaxValue: never, its log is configured to be kept for ever.
/// </summary>
public sealed record ForgetResult(bool Known, long ErasedByMs);
