using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Ebb.Engine.Experiments;

/// <summary>
/// A partition's feedback as bytes of its base and its hash. Layout: u64 dropped, u32 experiments, each u32 key,
/// u32 fingerprint, i64 last impression, 8 arms × 12 × i64; then u32 users by their bytes, each u8 length, bytes,
/// u32 key, u8 arm, i32 lists, shown, clicked, converted, i64 last shown, u8 waiting, each u32 item, i64 time,
/// u8 answers.
/// </summary>
internal static class FeedbackCodec
{
    public static void Write(List<byte> output, FeedbackBook book)
    {
        Add(output, book.DroppedCount);
        Add(output, (uint)book.Experiments.Count);
        Span<long> fields = stackalloc long[ArmSums.FieldCount];
        foreach ((uint key, FoldedExperiment experiment) in book.Experiments)
        {
            Add(output, key);
            Add(output, experiment.Fingerprint);
            Add(output, (ulong)experiment.LastMs);
            foreach (ArmSums arm in experiment.Arms)
            {
                arm.Write(fields);
                foreach (long field in fields)
                {
                    Add(output, (ulong)field);
                }
            }
        }

        Add(output, (uint)book.Users.Count);
        byte[][] users = [.. book.Users.Keys];
        Array.Sort(users, static (left, right) => left.AsSpan().SequenceCompareTo(right));
        foreach (byte[] user in users)
        {
            Write(output, user, book.Users[user]);
        }
    }

    /// <summary>Fills the book's experiments and users; what is returned is its count of the dropped.</summary>
    public static ulong Read(ref ReadOnlySpan<byte> input, FeedbackBook book)
    {
        ulong dropped = Take64(ref input);
        Span<long> fields = stackalloc long[ArmSums.FieldCount];
        for (uint left = Take32(ref input); left > 0; left--)
        {
            uint key = Take32(ref input);
            var experiment = new FoldedExperiment(Take32(ref input)) { LastMs = (long)Take64(ref input) };
            foreach (ref ArmSums arm in experiment.Arms.AsSpan())
            {
                foreach (ref long field in fields)
                {
                    field = (long)Take64(ref input);
                }

                arm = ArmSums.Read(fields);
            }

            book.Experiments.Add(key, experiment);
        }

        for (uint left = Take32(ref input); left > 0; left--)
        {
            byte[] user = input.Slice(1, input[0]).ToArray();
            input = input[(1 + user.Length)..];
            book.Users.Add(user, ReadExposure(ref input));
        }

        return dropped;
    }

    private static void Write(List<byte> output, byte[] user, Exposure exposure)
    {
        output.Add((byte)user.Length);
        output.AddRange(user);
        Add(output, exposure.Key);
        output.Add(exposure.Arm);
        Add(output, (uint)exposure.Lists);
        Add(output, (uint)exposure.Shown);
        Add(output, (uint)exposure.Clicked);
        Add(output, (uint)exposure.Converted);
        Add(output, (ulong)exposure.LastShownMs);
        output.Add((byte)exposure.WaitingCount);
        foreach (ShownItem shown in exposure.Waiting)
        {
            Add(output, shown.Item);
            Add(output, (ulong)shown.TimeMs);
            output.Add(shown.Answers);
        }
    }

    private static Exposure ReadExposure(ref ReadOnlySpan<byte> input)
    {
        uint key = Take32(ref input);
        var exposure = new Exposure(key, Take8(ref input))
        {
            Lists = (int)Take32(ref input),
            Shown = (int)Take32(ref input),
            Clicked = (int)Take32(ref input),
            Converted = (int)Take32(ref input),
            LastShownMs = (long)Take64(ref input),
        };
        for (int left = Take8(ref input); left > 0; left--)
        {
            uint item = Take32(ref input);
            long timeMs = (long)Take64(ref input);
            exposure.Push(new ShownItem(item, timeMs, Take8(ref input)));
        }

        return exposure;
    }

    private static void Add(List<byte> output, uint value)
    {
        uint ordered = BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
        output.AddRange(MemoryMarshal.AsBytes([ordered]));
    }

    private static void Add(List<byte> output, ulong value)
    {
        ulong ordered = BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
        output.AddRange(MemoryMarshal.AsBytes([ordered]));
    }

    private static byte Take8(ref ReadOnlySpan<byte> input)
    {
        byte value = input[0];
        input = input[1..];
        return value;
    }

    private static uint Take32(ref ReadOnlySpan<byte> input)
    {
        uint value = BinaryPrimitives.ReadUInt32LittleEndian(input);
        input = input[sizeof(uint)..];
        return value;
    }

    private static ulong Take64(ref ReadOnlySpan<byte> input)
    {
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(input);
        input = input[sizeof(ulong)..];
        return value;
    }
}
