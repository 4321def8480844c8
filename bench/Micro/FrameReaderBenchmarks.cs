using System.Text;
using BenchmarkDotNet.Attributes;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Bench.Micro;

/// <summary>
/// Reading a receive buffer of pipelined OBSERVE frames to the last field: frame ends, header, events. The baseline is
/// the same walk with a BinaryReader, which checks nothing and copies every id.
/// </summary>
[MemoryDiagnoser]
public class FrameReaderBenchmarks
{
    private const int FrameCount = 64;

    private readonly ProtocolLimits _limits = new();
    private byte[] _bytes = [];

    [Params(1, 16)]
    public int EventCount { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        using var buffer = new FrameBuffer();
        for (int frame = 0; frame < FrameCount; frame++)
        {
            var writer = new FrameWriter(
                buffer, new FrameHeader { Version = 1, Opcode = Opcode.Observe, CorrelationId = (ulong)frame + 1 });
            var events = new EventListWriter(writer.Body());
            for (int index = 0; index < EventCount; index++)
            {
                events.Add(new EventEntry
                {
                    User = Encoding.UTF8.GetBytes("user-" + (frame * 31 % 1000)),
                    Item = Encoding.UTF8.GetBytes("item-" + (index * 17 % 1000)),
                    Type = 1,
                    TimeMs = 1_700_000_000_000 + index,
                });
            }

            events.Complete(EventCount);
            writer.Complete();
        }

        _bytes = buffer.Written.ToArray();
    }

    [Benchmark(Baseline = true)]
    public long BinaryReaderWalk()
    {
        long sum = 0;
        using var reader = new BinaryReader(new MemoryStream(_bytes));
        for (int frame = 0; frame < FrameCount; frame++)
        {
            reader.ReadBytes(FrameHeader.Bytes);
            uint count = reader.ReadUInt32();
            for (uint index = 0; index < count; index++)
            {
                byte userBytes = reader.ReadByte();
                byte itemBytes = reader.ReadByte();
                reader.ReadUInt16();
                sum += reader.ReadInt64();
                sum += reader.ReadBytes(userBytes).Length + reader.ReadBytes(itemBytes).Length;
            }
        }

        return sum;
    }

    [Benchmark]
    public long ScanAndRead()
    {
        long sum = 0;
        ReadOnlySpan<byte> rest = _bytes;
        while (FrameScanner.Scan(rest, _limits, out FrameHeader header) == ScanResult.Frame)
        {
            ReadOnlySpan<byte> body = rest.Slice(FrameHeader.Bytes + header.TaggedBytes, (int)header.BodyBytes);
            if (EventListReader.TryOpen(body, _limits, out EventListReader events) != StatusCode.Ok)
            {
                throw new InvalidDataException("the benchmark's own frame was refused");
            }

            while (events.TryNext(out EventEntry entry))
            {
                sum += entry.TimeMs + entry.User.Length + entry.Item.Length;
            }

            rest = rest[(int)header.FrameBytes..];
        }

        return sum;
    }
}
