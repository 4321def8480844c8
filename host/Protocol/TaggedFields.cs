using System.Buffers.Binary;

namespace Ebb.Protocol;

/// <summary>
/// The tagged fields of one frame, read in one pass. Spans point into the frame. Of a tag given twice the last counts.
/// </summary>
public ref struct TaggedFields
{
    public const int TraceBytesMax = 64;
    public const int MessageBytesMax = 256;

    private const int FieldHeaderBytes = 4;

    /// <summary>False: the frame names none.</summary>
    public bool HasTenant;
    public ReadOnlySpan<byte> Tenant;

    /// <summary>0: none.</summary>
    public ulong Session;

    /// <summary>0: none.</summary>
    public ulong Sequence;
    public ReadOnlySpan<byte> Trace;
    public bool HasDurableUpTo;
    public ulong DurableUpTo;

    /// <summary>0: none.</summary>
    public uint RetryAfterMs;
    public uint QueueTimeMicroseconds;
    public ReadOnlySpan<byte> Message;

    /// <returns>
    /// Ok; Malformed, also for a session or sequence of 0; UnsupportedVersion for an unknown tag with the critical bit;
    /// IdLength for the tenant.
    /// </returns>
    public static StatusCode TryRead(ReadOnlySpan<byte> tagged, out TaggedFields fields)
    {
        fields = default;
        while (!tagged.IsEmpty)
        {
            if (tagged.Length < FieldHeaderBytes)
            {
                return StatusCode.Malformed;
            }

            var tag = (FieldTag)BinaryPrimitives.ReadUInt16LittleEndian(tagged);
            int length = BinaryPrimitives.ReadUInt16LittleEndian(tagged[2..]);
            if (length > tagged.Length - FieldHeaderBytes)
            {
                return StatusCode.Malformed;
            }

            var status = fields.Take(tag, tagged.Slice(FieldHeaderBytes, length));
            if (status != StatusCode.Ok)
            {
                return status;
            }

            tagged = tagged[(FieldHeaderBytes + length)..];
        }

        return StatusCode.Ok;
    }

    private StatusCode Take(FieldTag tag, ReadOnlySpan<byte> value)
    {
        switch (tag)
        {
            case FieldTag.Tenant:
                HasTenant = true;
                Tenant = value;
                return value.Length <= ProtocolLimits.TenantBytesMax ? StatusCode.Ok : StatusCode.IdLength;
            case FieldTag.Session:
                return TryReadUInt64(value, out Session) == StatusCode.Ok && Session != 0
                    ? StatusCode.Ok
                    : StatusCode.Malformed;
            case FieldTag.Sequence:
                return TryReadUInt64(value, out Sequence) == StatusCode.Ok && Sequence != 0
                    ? StatusCode.Ok
                    : StatusCode.Malformed;
            case FieldTag.Trace:
                Trace = value;
                return value.Length <= TraceBytesMax ? StatusCode.Ok : StatusCode.Malformed;
            case FieldTag.DurableUpTo:
                HasDurableUpTo = true;
                return TryReadUInt64(value, out DurableUpTo);
            case FieldTag.RetryAfter:
                return TryReadUInt32(value, out RetryAfterMs);
            case FieldTag.QueueTime:
                return TryReadUInt32(value, out QueueTimeMicroseconds);
            case FieldTag.Message:
                Message = value;
                return value.Length <= MessageBytesMax ? StatusCode.Ok : StatusCode.Malformed;
            default:
                return (tag & FieldTag.CriticalBit) == 0 ? StatusCode.Ok : StatusCode.UnsupportedVersion;
        }
    }

    private static StatusCode TryReadUInt64(ReadOnlySpan<byte> value, out ulong number)
    {
        bool read = value.Length == sizeof(ulong);
        number = read ? BinaryPrimitives.ReadUInt64LittleEndian(value) : 0;
        return read ? StatusCode.Ok : StatusCode.Malformed;
    }

    private static StatusCode TryReadUInt32(ReadOnlySpan<byte> value, out uint number)
    {
        bool read = value.Length == sizeof(uint);
        number = read ? BinaryPrimitives.ReadUInt32LittleEndian(value) : 0;
        return read ? StatusCode.Ok : StatusCode.Malformed;
    }
}
