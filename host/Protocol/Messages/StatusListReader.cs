using System.Buffers.Binary;

namespace Ebb.Protocol.Messages;

/// <summary>
/// u32 count and a u16 status each: the reply to OBSERVE, and a part of the replies to ACT and ITEM_*.
/// </summary>
public readonly ref struct StatusListReader
{
    private readonly ReadOnlySpan<byte> _statuses;

    private StatusListReader(ReadOnlySpan<byte> statuses)
    {
        _statuses = statuses;
    }

    public int Count => _statuses.Length / 2;

    public StatusCode this[int index] =>
        (StatusCode)BinaryPrimitives.ReadUInt16LittleEndian(_statuses[(index * 2)..]);

    /// <param name="reader">Stands after the list when true is returned.</param>
    /// <param name="statuses">Points into the frame.</param>
    public static bool TryRead(scoped ref WireReader reader, out StatusListReader statuses)
    {
        uint count = reader.ReadUInt32();
        if (count > reader.RestBytes / 2)
        {
            reader.Fail();
        }

        statuses = new StatusListReader(reader.Failed ? default : reader.ReadBytes((int)count * 2));
        return !reader.Failed;
    }
}
