namespace Ebb.Server.Commands;

/// <summary>A command cannot go on: what is wrong and what to do about it, printed as one line; exit code 1.</summary>
public sealed class CliException(string what, string whatToDo, Exception? inner = null)
    : Exception($"{what}: {whatToDo}", inner);
