namespace Ebb.Engine.Log;

/// <summary>The log cannot be trusted or cannot go on. The message is one line and says what to do.</summary>
public sealed class EventLogException(string message, Exception? inner = null) : Exception(message, inner);
