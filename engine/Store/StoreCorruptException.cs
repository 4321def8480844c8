namespace Ebb.Engine.Store;

/// <summary>A user's record came back other than it was written. The message is one line naming the user.</summary>
public sealed class StoreCorruptException(string message, byte[] key) : Exception(message)
{
    /// <summary>The user's key as given to the store.</summary>
    public byte[] Key { get; } = key;
}
