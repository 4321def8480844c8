namespace Ebb.Protocol;

/// <summary>
/// Tags of the fields between header and body: tag u16, length u16, value. A receiver skips a tag that it does not
/// know unless the critical bit is set; then it refuses the frame.
/// </summary>
public enum FieldTag : ushort
{
    None = 0,

    /// <summary>Set in a tag that must not be skipped.</summary>
    CriticalBit = 0x8000,

    /// <summary>Whose users are meant, 0 to 32 bytes. In HELLO: for every frame that names no other.</summary>
    Tenant = CriticalBit | 1,

    /// <summary>u64. In HELLO: the connection's session.</summary>
    Session = CriticalBit | 2,

    /// <summary>u64: sequence of the first event; event i has sequence + i.</summary>
    Sequence = CriticalBit | 3,

    /// <summary>Opaque, up to 64 bytes; W3C trace context as trace id (16), parent id (8), flags (1).</summary>
    Trace = 4,

    /// <summary>u64, replies: everything of the connection's session up to this sequence is durable.</summary>
    DurableUpTo = 5,

    /// <summary>u32 ms, replies: ask again after this.</summary>
    RetryAfter = 6,

    /// <summary>u32 µs, replies: how much of the time was spent waiting in a queue.</summary>
    QueueTime = 7,

    /// <summary>UTF-8, at most 256 bytes, replies: why a frame was refused, for a person.</summary>
    Message = 8,
}
