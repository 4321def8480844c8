namespace Ebb.Engine;

/// <summary>The engine cannot open: one line that names the thing and what to do about it.</summary>
public sealed class EngineStartException(string message, Exception? inner = null) : Exception(message, inner);
