namespace Ebb.Protocol.Messages;

/// <summary>The rule that a count must be within the limit and backed by the bytes that are there.</summary>
internal static class EntryCounts
{
    public static StatusCode Judge(ref WireReader reader, uint count, int entryBytesMin, int countMax)
    {
        if (reader.Failed)
        {
            return StatusCode.Malformed;
        }

        if (count > countMax)
        {
            return StatusCode.TooManyEntries;
        }

        return (long)count * entryBytesMin > reader.RestBytes ? StatusCode.Malformed : StatusCode.Ok;
    }
}
