namespace Ebb.Protocol.Messages;

/// <summary>An item of a list as read; its TermCount terms follow it and are read with TryNextTerm.</summary>
public readonly ref struct ListItemEntry
{
    public ReadOnlySpan<byte> Id { get; init; }

    public float Score { get; init; }

    public float OlderTerms { get; init; }

    public int TermCount { get; init; }
}

/// <summary>
/// Reads a recommended list: TryNext, then TryNextTerm TermCount times (terms left unread are skipped), and so on; then
/// TryNextProbability Count times where the head says so, TryNextKind, then Sources where it does. Finish says whether
/// the bytes were well-formed; with Sources, theirs says it.
/// </summary>
public ref struct ListReader
{
    private const int ItemBytesMin = 12;
    private const int NodeBytesMin = 5;

    private WireReader _reader;
    private int _itemsLeft;
    private int _termsLeft;
    private int _probabilitiesLeft;
    private int _kindsLeft;
    private int _nodesLeft;

    public int Count { get; private set; }

    public ListHead Head { get; private set; }

    /// <param name="reader">Stands at the list, which must be the rest of the body.</param>
    /// <param name="list">Valid when Ok.</param>
    public static StatusCode TryOpen(WireReader reader, out ListReader list)
    {
        byte decision = reader.ReadByte();
        byte bits = reader.ReadByte();
        ushort count = reader.ReadUInt16();
        reader.ReadUInt32();
        var head = new ListHead(
            (EbbListDecision)decision, (bits & 1) != 0, reader.ReadDouble(), reader.ReadDouble(), reader.ReadUInt64())
        {
            HasProbabilities = (bits & 2) != 0,
            HasSources = (bits & 128) != 0,
            ScanLeftOut = (bits & 32) != 0,
            HasKinds = (bits & 64) != 0,
            Encoding = (EbbEncoding)((bits >> 2) & 7),
        };
        bool backed = !reader.Failed && count * ItemBytesMin <= reader.RestBytes;
        list = new ListReader
        {
            _reader = reader,
            _itemsLeft = count,
            _probabilitiesLeft = head.HasProbabilities ? count : 0,
            _kindsLeft = head.HasKinds ? -1 : 0,
            Count = count,
            Head = head,
        };
        return backed ? StatusCode.Ok : StatusCode.Malformed;
    }

    public bool TryNext(out ListItemEntry item)
    {
        while (_termsLeft > 0 && TryNextTerm(out _))
        {
        }

        item = default;
        if (_itemsLeft == 0 || _reader.Failed)
        {
            return false;
        }

        _itemsLeft--;
        byte idBytes = _reader.ReadByte();
        _reader.ReadByte();
        _termsLeft = _reader.ReadUInt16();
        float score = _reader.ReadSingle();
        float olderTerms = _reader.ReadSingle();
        item = new ListItemEntry
        {
            Score = score,
            OlderTerms = olderTerms,
            TermCount = _termsLeft,
            Id = _reader.ReadBytes(idBytes),
        };
        if (_termsLeft * PastEventEntry.BytesMin > _reader.RestBytes)
        {
            _reader.Fail();
        }

        return !_reader.Failed;
    }

    public bool TryNextTerm(out PastEventEntry term)
    {
        term = default;
        if (_termsLeft == 0 || _reader.Failed)
        {
            return false;
        }

        _termsLeft--;
        term = PastEventEntry.Read(ref _reader);
        return !_reader.Failed;
    }

    /// <summary>After the last item and its terms.</summary>
    public bool TryNextProbability(out float probability)
    {
        probability = float.NaN;
        if (_itemsLeft > 0 || _probabilitiesLeft == 0 || _reader.Failed)
        {
            return false;
        }

        while (_termsLeft > 0 && TryNextTerm(out _))
        {
        }

        _probabilitiesLeft--;
        probability = _reader.ReadSingle();
        return !_reader.Failed;
    }

    /// <summary>After the probabilities: the next kind, in the order asked; its nodes follow.</summary>
    public bool TryNextKind(out int nodeCount)
    {
        nodeCount = 0;
        SkipToKinds();
        while (_nodesLeft > 0 && TryNextNode(out _, out _))
        {
        }

        if (_kindsLeft <= 0 || _reader.Failed)
        {
            return false;
        }

        _kindsLeft--;
        _nodesLeft = _reader.ReadUInt16();
        if (_nodesLeft * NodeBytesMin > _reader.RestBytes)
        {
            _reader.Fail();
        }

        nodeCount = _nodesLeft;
        return !_reader.Failed;
    }

    public bool TryNextNode(out ReadOnlySpan<byte> id, out float score)
    {
        id = default;
        score = 0;
        if (_nodesLeft == 0 || _reader.Failed)
        {
            return false;
        }

        _nodesLeft--;
        byte length = _reader.ReadByte();
        score = _reader.ReadSingle();
        id = _reader.ReadBytes(length);
        return !_reader.Failed;
    }

    /// <summary>After the last item: skips what is before the sources. Only where the head says that they
    /// follow.</summary>
    public ListSourceReader Sources()
    {
        Skip();
        if (_itemsLeft > 0 || !Head.HasSources)
        {
            _reader.Fail();
        }

        return new ListSourceReader(_reader, Count);
    }

    public StatusCode Finish()
    {
        Skip();
        bool isWhole = Head.HasSources ? Sources().Finish() == StatusCode.Ok : _reader.IsComplete;
        return _itemsLeft == 0 && isWhole ? StatusCode.Ok : StatusCode.Malformed;
    }

    private void Skip()
    {
        while (_termsLeft > 0 && TryNextTerm(out _))
        {
        }

        while (TryNextKind(out _))
        {
        }
    }

    private void SkipToKinds()
    {
        while (_probabilitiesLeft > 0 && TryNextProbability(out _))
        {
        }

        // Their number stands behind all that, and is read once.
        if (_kindsLeft < 0 && _itemsLeft == 0)
        {
            _kindsLeft = _reader.ReadByte();
        }
    }
}
