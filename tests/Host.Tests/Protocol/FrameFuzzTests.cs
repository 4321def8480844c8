using System.Buffers.Binary;
using Ebb.Client.Internal;
using Ebb.Engine.Batching;
using Ebb.Protocol;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Protocol;

/// <summary>Broken frames: mutations of the vectors that keep enough structure to get deep into the readers.</summary>
public sealed class FrameFuzzTests
{
    private const int Seed = 42;
    private const int FrameCount = 200_000;

    [Fact]
    public void Readers_MutatedFrames_NeverThrowAndAllocateNothing()
    {
        var random = new Random(Seed);
        byte[] frame = new byte[4096];
        int readable = 0;
        BodyWalker.WalkFrame(Vector.All[0].Bytes);
        long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        for (int index = 0; index < FrameCount; index++)
        {
            int length = Mutate(random, frame);
            readable += BodyWalker.WalkFrame(frame.AsSpan(0, length)) == StatusCode.Ok ? 1 : 0;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
        Assert.True(allocated < 64 << 10, $"seed {Seed}: {allocated} bytes for {FrameCount} frames");
        Assert.InRange(readable, FrameCount / 100, FrameCount * 99 / 100);
    }

    [Fact]
    public void RequestFiller_MutatedFrames_NeverThrowsAndAllocatesNoMoreThanTheyHold()
    {
        var random = new Random(Seed);
        byte[] frame = new byte[4096];
        var filler = new RequestFiller(BodyWalker.Limits, Ebb.Server.Security.UserKeys.Plain);
        var request = new EngineRequest();
        for (int index = 0; index < FrameCount / 4; index++)
        {
            int length = Mutate(random, frame);
            if (FrameScanner.Scan(frame.AsSpan(0, length), BodyWalker.Limits, out var header) != ScanResult.Frame
                || header.Opcode is Opcode.Hello or Opcode.ItemPut or Opcode.ItemRemove)
            {
                continue;
            }

            long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
            var context = new FrameContext
            {
                Header = header,
                Body = frame.AsSpan(FrameHeader.Bytes + header.TaggedBytes, (int)header.BodyBytes),
                Tenant = "tenant"u8,
            };
            request.Reset();
            filler.Fill(request, context);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
            Assert.True(allocated < 256 << 10, $"seed {Seed}, frame {index}: {allocated} bytes");
        }
    }

    [Fact]
    public void ReplyDecoders_MutatedFrames_NeverThrowAndAllocateNoMoreThanTheyHold()
    {
        var random = new Random(Seed);
        byte[] frame = new byte[4096];
        for (int index = 0; index < FrameCount / 4; index++)
        {
            int length = Mutate(random, frame);
            if (FrameScanner.Scan(frame.AsSpan(0, length), BodyWalker.Limits, out var header) != ScanResult.Frame)
            {
                continue;
            }

            var body = frame.AsSpan(FrameHeader.Bytes + header.TaggedBytes, (int)header.BodyBytes);
            long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
            object? result = header.Opcode switch
            {
                Opcode.Observe => ReplyDecoders.Observe(body, false),
                Opcode.Recommend => ReplyDecoders.List(body, false),
                Opcode.Act => ReplyDecoders.Act(body, true),
                Opcode.Rank => ReplyDecoders.Rank(body, false),
                Opcode.Profile => ReplyDecoders.Profile(body, false),
                Opcode.Why => WhyDecoder.Decode(body, false),
                Opcode.Drift => DriftDecoder.Decode(body, false),
                Opcode.Trends => TrendsDecoder.Decode(body, false),
                Opcode.Graph => GraphCodec.Reply(body, false),
                Opcode.Merge => ReplyDecoders.Merge(body, false),
                Opcode.Portrait => PortraitDecoder.Decode(body, false),
                Opcode.Experiments => ExperimentsDecoder.Decode(body, false),
                Opcode.Flows => FlowsDecoder.Decode(body, false),
                Opcode.Subscribe or Opcode.Change => Subscriptions.Read(body, false),
                Opcode.Stats => ReplyDecoders.Stats(body, false),
                _ => ReplyDecoders.ItemChange(body, false),
            };
            long allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
            GC.KeepAlive(result);
            Assert.True(allocated < 256 << 10, $"seed {Seed}, frame {index}: {allocated} bytes");
        }
    }

    // Bits, bytes, lengths, counts and tails change; half of the time the header's lengths are made to fit again, so
    // that the body's readers see the damage too.
    private static int Mutate(Random random, byte[] frame)
    {
        var vector = Vector.All[random.Next(Vector.All.Count)];
        vector.Bytes.CopyTo(frame, 0);
        int length = vector.Bytes.Length;
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            int at = random.Next(length);
            switch (random.Next(6))
            {
                case 0:
                    frame[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    frame[at] = (byte)random.Next(256);
                    break;
                case 2 when at + 4 <= length:
                    BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(at), EdgeValue(random));
                    break;
                case 3:
                    length = Math.Max(1, at);
                    break;
                case 4:
                    int extra = random.Next(1, 64);
                    random.NextBytes(frame.AsSpan(length, extra));
                    length += extra;
                    break;
                default:
                    frame[random.Next(Math.Min(length, FrameHeader.Bytes))] ^= 0xFF;
                    break;
            }
        }

        if (length > FrameHeader.Bytes && random.Next(2) == 0)
        {
            MakeLengthsFit(frame, length);
        }

        return length;
    }

    private static uint EdgeValue(Random random) => random.Next(5) switch
    {
        0 => 0,
        1 => uint.MaxValue,
        2 => int.MaxValue,
        3 => 10_001,
        _ => (uint)random.Next(300),
    };

    private static void MakeLengthsFit(byte[] frame, int length)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame, FrameHeader.Magic);
        int tagged = BinaryPrimitives.ReadUInt16LittleEndian(frame.AsSpan(24));
        if (tagged > length - FrameHeader.Bytes)
        {
            tagged = 0;
            BinaryPrimitives.WriteUInt16LittleEndian(frame.AsSpan(24), 0);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(16), (uint)(length - FrameHeader.Bytes - tagged));
    }
}
