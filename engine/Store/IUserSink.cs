namespace Ebb.Engine.Store;

/// <summary>Takes users from a scan, on the caller's thread; must not write to the store being scanned.</summary>
public interface IUserSink
{
    /// <summary>Both spans are valid until it returns; the record is sealed and verified.</summary>
    public void OnUser(ReadOnlySpan<byte> key, ReadOnlySpan<byte> record);
}
