using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Proving.Fuzz;

/// <summary>Bodies of every verb in their right form, with values from the edges of what is allowed.</summary>
internal readonly ref struct BodyFuzzer(Random random, FrameBuffer body)
{
    private const int Dimension = 4;

    private static readonly float[] OddFloats =
        [0, -0f, 1, -1, float.NaN, float.PositiveInfinity, float.MaxValue, float.Epsilon, 1e9f, -2e9f];

    private static readonly long[] OddTimes =
        [0, -1, 1, long.MaxValue, long.MinValue, 1_700_000_000_000, 4_000_000_000_000];

    public void Write(Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.Observe:
                WriteEvents(hasUsers: true);
                break;
            case Opcode.Act:
                WriteQuery();
                WriteEvents(hasUsers: false);
                break;
            case Opcode.Recommend:
                WriteQuery();
                break;
            case Opcode.ItemPut:
                WriteItems();
                break;
            case Opcode.Forget or Opcode.Subscribe or Opcode.Backup:
                byte[] id = Id();
                body.WriteByte((byte)id.Length);
                body.WriteByte((byte)(random.Next(8) == 0 ? random.Next(256) : 0));
                body.WriteBytes(id);
                break;
            case Opcode.Unsend:
                new UnsendRequest { User = Id(), EventId = (ulong)random.Next(20) }.Write(body);
                break;
            case Opcode.Portrait:
                new PortraitRequest { User = Id(), NowMs = Time(), SinceMs = Time() }.Write(body);
                break;
            case Opcode.Profile:
                new ProfileRequest { User = Id(), NowMs = Time(), WantsPhases = random.Next(2) == 0 }.Write(body);
                break;
            case Opcode.Ping or Opcode.Stats when random.Next(4) != 0:
                break;
            default:
                WriteNoise();
                break;
        }
    }

    private void WriteNoise()
    {
        byte[] noise = new byte[random.Next(8) == 0 ? random.Next(2000) : random.Next(64)];
        random.NextBytes(noise);
        body.WriteBytes(noise);
    }

    private void WriteQuery()
    {
        var head = new QueryHead((ushort)(random.Next(4) == 0 ? random.Next(65_536) : 1 + random.Next(20)));
        var writer = new QueryWriter(body, Id(), head);
        for (int value = random.Next(4); value > 2; value--)
        {
            writer.Deny((EbbAttributeKind)random.Next(5), Id());
        }
    }

    private void WriteEvents(bool hasUsers)
    {
        int count = random.Next(6) == 0 ? random.Next(200) : random.Next(4);
        var writer = new EventListWriter(body);
        for (int index = 0; index < count; index++)
        {
            writer.Add(new EventEntry
            {
                User = hasUsers ? Id() : [],
                Item = Id(),
                Type = (byte)(random.Next(4) == 0 ? random.Next(256) : random.Next(8)),
                TimeMs = Time(),
            });
        }

        writer.Complete(random.Next(8) == 0 ? random.Next() : count);
    }

    private void WriteItems()
    {
        int count = random.Next(4);
        var writer = new ItemPutWriter(body, random.Next(8) == 0 ? random.Next(20_000) : count);
        Span<float> vector = stackalloc float[Dimension];
        for (int index = 0; index < count; index++)
        {
            foreach (ref float value in vector)
            {
                value = random.Next(4) == 0 ? OddFloats[random.Next(OddFloats.Length)] : random.NextSingle();
            }

            writer.Begin(new ItemEntry { Id = Id(), Dimension = (ushort)(random.Next(8) == 0 ? 5 : Dimension) });
            writer.Vector(vector);
        }
    }

    private long Time() => OddTimes[random.Next(OddTimes.Length)];

    // Few ids, so that frames meet the same users and items; some of lengths that are refused.
    private byte[] Id()
    {
        byte[] id = new byte[random.Next(6) switch { 0 => random.Next(256), 1 => 0, 2 => 64, _ => 2 }];
        for (int index = 0; index < id.Length; index++)
        {
            id[index] = (byte)('a' + random.Next(4));
        }

        return id;
    }
}
