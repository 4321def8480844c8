using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>An event taken out: how, and of when it was (ms since the epoch).</summary>
public sealed record UnsendResult(EbbUnsendMethod Method, long TimeMs);
