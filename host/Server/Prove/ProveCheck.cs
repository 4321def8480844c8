namespace Ebb.Server.Prove;

/// <summary>A promise and how it is tried.</summary>
/// <param name="Promise">What is promised.</param>
/// <param name="RunAsync">Tries it; true: the long form. A throw is a failure with its message.</param>
internal sealed record ProveCheck(string Promise, Func<bool, CancellationToken, Task<ProveRow>> RunAsync);
