namespace Ebb.Engine.Store;

/// <summary>The store's disk failed it. The message is one line that names the file and what to do.</summary>
public sealed class StoreException(string message, Exception? inner = null) : Exception(message, inner);
