namespace Ebb.Protocol.Messages;

/// <summary>
/// Reads the reply to PROFILE: head and counts, then CopyDirection, CopyMasses, TryNextRecent, TryNextPhase and
/// TryNextCategory in that order.
/// </summary>
public ref struct ProfileReplyReader
{
    private WireReader _reader;
    private int _recentLeft;
    private int _phasesLeft;

    // Below 0: their count is not read yet.
    private int _chancesLeft;

    public ProfileHead Head { get; private set; }

    public int Dimension { get; private set; }

    public int MassCount { get; private set; }

    public int RecentCount { get; private set; }

    public static StatusCode TryOpen(ReadOnlySpan<byte> body, out ProfileReplyReader reply)
    {
        var reader = new WireReader(body);
        byte known = reader.ReadByte();
        byte phaseCount = reader.ReadByte();
        ushort dimension = reader.ReadUInt16();
        ushort massCount = reader.ReadUInt16();
        ushort recentCount = reader.ReadUInt16();
        var head = new ProfileHead(
            known != 0,
            reader.ReadDouble(),
            reader.ReadInt64(),
            reader.ReadUInt64(),
            reader.ReadDouble(),
            reader.ReadUInt64());
        long needed = ((long)dimension * 4) + ((long)massCount * 8) + ((long)recentCount * PastEventEntry.BytesMin)
            + ((long)phaseCount * PhaseEntry.BytesMin);
        reply = new ProfileReplyReader
        {
            _reader = reader,
            _recentLeft = recentCount,
            _phasesLeft = phaseCount,
            _chancesLeft = -1,
            Head = head,
            Dimension = dimension,
            MassCount = massCount,
            RecentCount = recentCount,
        };
        return !reader.Failed && needed <= reader.RestBytes ? StatusCode.Ok : StatusCode.Malformed;
    }

    /// <param name="direction">Dimension values.</param>
    public void CopyDirection(scoped Span<float> direction) => _reader.ReadSingles(direction);

    /// <param name="masses">MassCount values.</param>
    public void CopyMasses(scoped Span<double> masses)
    {
        for (int index = 0; index < masses.Length; index++)
        {
            masses[index] = _reader.ReadDouble();
        }
    }

    public bool TryNextRecent(out PastEventEntry recent)
    {
        recent = default;
        if (_recentLeft == 0)
        {
            return false;
        }

        _recentLeft--;
        recent = PastEventEntry.Read(ref _reader);
        return !_reader.Failed;
    }

    public bool TryNextPhase(out PhaseEntry phase)
    {
        phase = default;
        if (_phasesLeft == 0)
        {
            return false;
        }

        _phasesLeft--;
        phase = PhaseEntry.Read(ref _reader);
        return !_reader.Failed;
    }

    /// <summary>After the phases; none where they were not wanted.</summary>
    public bool TryNextCategory(out CategoryChanceEntry chance)
    {
        chance = default;
        if (_chancesLeft < 0)
        {
            _chancesLeft = _reader.RestBytes == 0 ? 0 : _reader.ReadByte();
        }

        if (_chancesLeft == 0 || _reader.Failed)
        {
            return false;
        }

        _chancesLeft--;
        chance = CategoryChanceEntry.Read(ref _reader);
        return !_reader.Failed;
    }

    public readonly StatusCode Finish() =>
        _recentLeft == 0 && _phasesLeft == 0 && _reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
}
