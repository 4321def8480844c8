namespace Ebb.Engine.Interest;

/// <summary>
/// What FORGET promises. Known: there was something to forget. From ErasedByMs (ms since the epoch) on no file of the
/// folder holds the user's key; long.MaxValue: never, because the log is configured to be kept for ever.
/// </summary>
public sealed record ForgetReceipt(bool Known, long ErasedByMs);
