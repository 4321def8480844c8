namespace Ebb.Engine.Interest;

/// <summary>An event taken out: how, and of when it was (ms since the epoch).</summary>
public sealed record UnsendReceipt(UnsendMethod Method, long TimeMs);
