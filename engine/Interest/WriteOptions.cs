namespace Ebb.Engine.Interest;

/// <summary>
/// How a write is acknowledged and made to count once. With a session, event i of the call has sequence number
/// Sequence+i (from 1, rising within the session); a number not above the highest seen is a duplicate.
/// </summary>
public readonly record struct WriteOptions(AckLevel Ack = AckLevel.Applied, ulong Session = 0, ulong Sequence = 0);
