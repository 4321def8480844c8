namespace Ebb.Client;

/// <summary>
/// The server cannot be reached, or the connection went and the request cannot be sent again by itself.
/// </summary>
public sealed class EbbConnectionException(string message, Exception? inner = null) : Exception(message, inner);
