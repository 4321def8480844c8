using System.Buffers.Binary;
using Ebb.Protocol;

namespace Ebb.Proving.Fuzz;

/// <summary>
/// Makes request frames that know the protocol's structure and break it: right ones of every verb with odd values, then
/// lengths and counts that lie, bits flipped, ends cut off, tags unknown or twice. Seeded; one thread.
/// </summary>
internal sealed class FrameFuzzer(int seed) : IDisposable
{
    private static readonly Opcode[] Verbs =
    [
        Opcode.Ping, Opcode.Observe, Opcode.Recommend, Opcode.Rank, Opcode.Act, Opcode.Profile, Opcode.ItemPut,
        Opcode.ItemRemove, Opcode.Stats, Opcode.Unsend, Opcode.Forget, Opcode.Drift, Opcode.Why, Opcode.Subscribe,
        Opcode.Portrait, Opcode.Auth, Opcode.Backup, Opcode.Schema, Opcode.Hello, Opcode.Notice, Opcode.Change,
    ];

    private static readonly uint[] OddNumbers =
        [0, 1, 2, 63, 64, 65, 127, 255, 256, 1000, 1001, 10_000, 10_001, 65_535, 1 << 20, int.MaxValue, uint.MaxValue];

    private readonly Random _random = new(seed);
    private readonly FrameBuffer _buffer = new();
    private ulong _correlation = 100;

    /// <summary>Bytes of the next frame; valid until the next call. Its length may be another than it says.</summary>
    public ReadOnlySpan<byte> Next()
    {
        _buffer.Clear();
        Opcode opcode = _random.Next(50) == 0 ? (Opcode)_random.Next(256) : Verbs[_random.Next(Verbs.Length)];
        var frame = new FrameWriter(_buffer, new FrameHeader
        {
            Version = FrameHeader.Version1,
            Opcode = opcode,
            Flags = Flags(),
            CorrelationId = ++_correlation,
            TimeMicroseconds = _random.Next(4) == 0 ? (uint)_random.Next() : 0,
        });
        WriteTags(frame);
        new BodyFuzzer(_random, frame.Body()).Write(opcode);
        frame.Complete();
        return Break(_random.Next(3) == 0 ? 0 : 1 + _random.Next(3));
    }

    public void Dispose() => _buffer.Dispose();

    private FrameFlags Flags() => _random.Next(8) switch
    {
        0 => (FrameFlags)(1 << _random.Next(16)),
        1 => FrameFlags.Durable,
        2 => FrameFlags.Stage,
        _ => FrameFlags.None,
    };

    private void WriteTags(FrameWriter frame)
    {
        for (int tag = _random.Next(4); tag > 1; tag--)
        {
            byte[] value = new byte[_random.Next(3) == 0 ? _random.Next(80) : 8];
            _random.NextBytes(value);
            FieldTag[] known = [FieldTag.Tenant, FieldTag.Session, FieldTag.Sequence, FieldTag.Trace];
            frame.Tag(_random.Next(6) == 0 ? (FieldTag)_random.Next(65_536) : known[_random.Next(known.Length)], value);
        }
    }

    // The magic is left alone but seldom: a frame without it ends the connection at once and tests nothing deeper.
    private Span<byte> Break(int count)
    {
        Span<byte> bytes = _buffer.Patch(0, _buffer.Length);
        for (; count > 0; count--)
        {
            int from = _random.Next(40) == 0 ? 0 : 4;
            int at = from + _random.Next(bytes.Length - from);
            switch (_random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << _random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)OddNumbers[_random.Next(OddNumbers.Length)];
                    break;
                case 2 when bytes.Length - at >= sizeof(uint):
                    BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], OddNumbers[_random.Next(OddNumbers.Length)]);
                    break;
                case 3 when bytes.Length > FrameHeader.Bytes:
                    // Cut, and the header told of it: the body is what is short.
                    bytes = bytes[..(FrameHeader.Bytes + _random.Next(bytes.Length - FrameHeader.Bytes))];
                    Tell(bytes);
                    break;
                default:
                    bytes[FrameHeader.Bytes > at ? at : bytes.Length - 1] = (byte)_random.Next(256);
                    break;
            }
        }

        return bytes;
    }

    private static void Tell(Span<byte> bytes)
    {
        const int BodyBytesOffset = 16;
        const int TaggedBytesOffset = 24;
        int tagged = BinaryPrimitives.ReadUInt16LittleEndian(bytes[TaggedBytesOffset..]);
        int rest = bytes.Length - FrameHeader.Bytes;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[TaggedBytesOffset..], (ushort)Math.Min(tagged, rest));
        BinaryPrimitives.WriteInt32LittleEndian(bytes[BodyBytesOffset..], Math.Max(0, rest - tagged));
    }
}
