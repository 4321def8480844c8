namespace Ebb.Engine;

/// <summary>A call was refused as a whole; nothing of it took effect.</summary>
public sealed class EngineRequestException(EntryStatus status) : Exception($"the engine refused the call: {status}")
{
    public EntryStatus Status { get; } = status;

    internal static void ThrowIfRefused(EntryStatus status)
    {
        if (status != EntryStatus.Ok)
        {
            throw new EngineRequestException(status);
        }
    }
}
