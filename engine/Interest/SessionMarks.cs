using System.Buffers.Binary;

namespace Ebb.Engine.Interest;

/// <summary>
/// The highest sequence number seen of each client session in this partition: folded state, so a resend after a crash
/// is recognised. Bounded: past the cap the sessions written longest ago are forgotten, by log order alone, so every
/// replay forgets the same ones.
/// </summary>
internal sealed class SessionMarks
{
    public const int CountMax = 16_384;

    private readonly Dictionary<ulong, (ulong Mark, ulong WrittenAt)> _marks = [];

    public int Count => _marks.Count;

    public ulong MarkOf(ulong session) => _marks.TryGetValue(session, out var mark) ? mark.Mark : 0;

    /// <param name="logSequence">Position of the entry that moves the mark; orders what is forgotten.</param>
    public void Raise(ulong session, ulong sequence, ulong logSequence)
    {
        if (session == 0)
        {
            return;
        }

        _marks[session] = (Math.Max(MarkOf(session), sequence), logSequence);
        if (_marks.Count > CountMax)
        {
            ForgetOldest();
        }
    }

    public void Write(List<byte> output)
    {
        Span<byte> field = stackalloc byte[24];
        BinaryPrimitives.WriteInt32LittleEndian(field, _marks.Count);
        output.AddRange(field[..4]);
        foreach (var (session, mark) in _marks.OrderBy(pair => pair.Key))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(field, session);
            BinaryPrimitives.WriteUInt64LittleEndian(field[8..], mark.Mark);
            BinaryPrimitives.WriteUInt64LittleEndian(field[16..], mark.WrittenAt);
            output.AddRange(field);
        }
    }

    public void Read(ref ReadOnlySpan<byte> input)
    {
        _marks.Clear();
        int count = BinaryPrimitives.ReadInt32LittleEndian(input);
        input = input[4..];
        for (int index = 0; index < count; index++)
        {
            _marks[BinaryPrimitives.ReadUInt64LittleEndian(input)] = (
                BinaryPrimitives.ReadUInt64LittleEndian(input[8..]),
                BinaryPrimitives.ReadUInt64LittleEndian(input[16..]));
            input = input[24..];
        }
    }

    // A quarter at a time, so that the sort is paid once per thousands of new sessions.
    private void ForgetOldest()
    {
        foreach (ulong session in _marks.OrderBy(pair => pair.Value.WrittenAt).ThenBy(pair => pair.Key)
            .Take(CountMax / 4).Select(pair => pair.Key).ToArray())
        {
            _marks.Remove(session);
        }
    }
}
