namespace Ebb.Server.Transport;

/// <summary>The server cannot listen: one line that names the endpoint and what to do about it.</summary>
public sealed class EbbServerStartException(string message, Exception? inner = null) : Exception(message, inner);
