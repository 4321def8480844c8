using System.Buffers.Binary;

namespace Ebb.Protocol.Messages;

/// <summary>One interest and its phase, in PROFILE, SUBSCRIBE and CHANGE. Name points into the frame.</summary>
public readonly ref struct PhaseEntry
{
    public const int BytesMin = 28;

    /// <summary>NextChangeMs of a phase that lasts until an event comes.</summary>
    public const long Never = long.MaxValue;

    public EbbPhaseSubject Subject { get; init; }

    public EbbPhase Phase { get; init; }

    /// <summary>CHANGE: the phase before; <see cref="EbbPhase.None"/> elsewhere.</summary>
    public EbbPhase Before { get; init; }

    public double Intensity { get; init; }

    public double Peak { get; init; }

    public long NextChangeMs { get; init; }

    /// <summary>A category's text or an item's id.</summary>
    public ReadOnlySpan<byte> Name { get; init; }

    public static PhaseEntry Read(scoped ref WireReader reader)
    {
        byte subject = reader.ReadByte();
        byte phase = reader.ReadByte();
        byte before = reader.ReadByte();
        byte nameBytes = reader.ReadByte();
        return new PhaseEntry
        {
            Subject = (EbbPhaseSubject)subject,
            Phase = (EbbPhase)phase,
            Before = (EbbPhase)before,
            Intensity = reader.ReadDouble(),
            Peak = reader.ReadDouble(),
            NextChangeMs = reader.ReadInt64(),
            Name = reader.ReadBytes(nameBytes),
        };
    }

    public void Write(FrameBuffer body)
    {
        var start = body.Append(BytesMin + Name.Length);
        start[0] = (byte)Subject;
        start[1] = (byte)Phase;
        start[2] = (byte)Before;
        start[3] = (byte)Name.Length;
        BinaryPrimitives.WriteDoubleLittleEndian(start[4..], Intensity);
        BinaryPrimitives.WriteDoubleLittleEndian(start[12..], Peak);
        BinaryPrimitives.WriteInt64LittleEndian(start[20..], NextChangeMs);
        Name.CopyTo(start[BytesMin..]);
    }
}
