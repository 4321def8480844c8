namespace Ebb.Engine.Interest;

/// <summary>An event that waits for its item.</summary>
internal sealed record ParkedEvent(byte[] User, OpaqueId Item, EventFacts Facts);
