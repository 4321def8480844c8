using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Bench.Wire;

/// <summary>
/// OBSERVE or ACT with one event over evenly drawn users and items. Encoded once by the protocol's own writers; a
/// request copies that and fills in what changes.
/// </summary>
internal sealed class EbbTraffic : INumberedTraffic
{
    private const string UserPrefix = "user-";
    private const string ItemPrefix = "load-";
    private const int UserDigits = 8;
    private const int CorrelationOffset = 8;
    private const int HeldEventTimeBytes = 8;

    private readonly byte[] _request;
    private readonly int _userOffset;
    private readonly int _itemOffset;
    private readonly int _timeOffset;
    private readonly int _itemDigits;
    private readonly WireOptions _options;
    private Keys _users;
    private Dice _dice;

    public EbbTraffic(WireOptions options)
    {
        _options = options;
        _itemDigits = ItemDigits(options);
        _users = new Keys(options);
        _dice = new Dice((ulong)options.Seed + 1);
        using var buffer = new FrameBuffer();
        Encode(buffer);
        _request = buffer.Written.ToArray();
        _userOffset = _request.AsSpan().IndexOf(Encoding.ASCII.GetBytes(UserPrefix)) + UserPrefix.Length;
        _itemOffset = _request.AsSpan().IndexOf(Encoding.ASCII.GetBytes(ItemPrefix)) + ItemPrefix.Length;

        // The time stands between the event's head and its ids; in ACT the user is empty there.
        int idsOffset = options.IsAct ? _itemOffset - ItemPrefix.Length : _userOffset - UserPrefix.Length;
        _timeOffset = idsOffset - HeldEventTimeBytes;
    }

    // Six wherever they do, so that frames are as long as they always were.
    private static int ItemDigits(WireOptions options) => options.ItemCount > 1_000_000 ? 8 : 6;

    public int RequestBytesMax => _request.Length;

    public ulong LastNumber { get; private set; }

    public ulong NumberOf(ReadOnlySpan<byte> reply) =>
        BinaryPrimitives.ReadUInt64LittleEndian(reply[CorrelationOffset..]);

    /// <summary>The id that the item of this number has in the catalogue.</summary>
    public static byte[] ItemId(int item, WireOptions options)
    {
        byte[] id = Encoding.ASCII.GetBytes(ItemPrefix + new string('0', ItemDigits(options)));
        Dice.WriteDigits(id.AsSpan(ItemPrefix.Length), item);
        return id;
    }

    public void Greet(Socket socket)
    {
        using var buffer = new FrameBuffer();
        var header = new FrameHeader { Version = FrameHeader.Version1, Opcode = Opcode.Hello, CorrelationId = 1 };
        var frame = new FrameWriter(buffer, header);
        var hello = new HelloRequest { VersionMin = 1, VersionMax = 1, FrameBytesMax = 1 << 20, Name = "ebb-wire"u8 };
        hello.Write(frame.Body());
        frame.Complete();
        socket.Send(buffer.Written);
        byte[] reply = new byte[4096];
        int received = 0;
        while (TakeReply(reply.AsSpan(0, received), out bool isOk) == 0 || !isOk)
        {
            int count = socket.Receive(reply.AsSpan(received));
            received += count > 0 ? count : throw new IOException("the server refused HELLO");
        }
    }

    public int WriteRequest(Span<byte> target)
    {
        _request.CopyTo(target);
        BinaryPrimitives.WriteUInt64LittleEndian(target[CorrelationOffset..], ++LastNumber);
        Dice.WriteDigits(target.Slice(_userOffset, UserDigits), _users.Next());
        Dice.WriteDigits(target.Slice(_itemOffset, _itemDigits), _dice.Next(_options.ItemCount));
        return _request.Length;
    }

    /// <summary>Events happen when their batch is sent: the clock is asked once a batch.</summary>
    public void SetTime(long nowMs) => BinaryPrimitives.WriteInt64LittleEndian(_request.AsSpan(_timeOffset), nowMs);

    public int TakeReply(ReadOnlySpan<byte> received, out bool isOk)
    {
        isOk = false;
        if (!FrameHeader.TryRead(received, out var header) || received.Length < header.FrameBytes)
        {
            return 0;
        }

        // Statuses stand first in the body: u32 count, u16 each.
        isOk = header.Status == StatusCode.Ok && (header.Opcode == Opcode.Hello
            || BinaryPrimitives.ReadUInt16LittleEndian(received[(FrameHeader.Bytes + header.TaggedBytes + 4)..]) == 0);
        return (int)header.FrameBytes;
    }

    private void Encode(FrameBuffer buffer)
    {
        var header = new FrameHeader
        {
            Version = FrameHeader.Version1,
            Opcode = _options.IsAct ? Opcode.Act : Opcode.Observe,
            Flags = _options.Durable ? FrameFlags.Durable : FrameFlags.None,
        };
        byte[] user = Encoding.ASCII.GetBytes(UserPrefix + new string('0', UserDigits));
        var frame = new FrameWriter(buffer, header);
        var body = frame.Body();
        if (_options.IsAct)
        {
            _ = new QueryWriter(
                body, user, new QueryHead { Count = (ushort)_options.ListCount, NowMs = long.MinValue });
        }

        var events = new EventListWriter(body);
        events.Add(new EventEntry
        {
            User = _options.IsAct ? default : user,
            Item = ItemId(0, _options),
            Type = 1,
            TimeMs = 1,
        });
        events.Complete(1);
        frame.Complete();
    }
}
