namespace Ebb.TestSupport;

/// <summary>How a child process ended.</summary>
public sealed record ChildResult(int ExitCode, string Output, string Error);
