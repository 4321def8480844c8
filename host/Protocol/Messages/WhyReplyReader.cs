namespace Ebb.Protocol.Messages;

/// <summary>
/// Reads the reply to WHY: TryNextSource, TryNextEvent, TryNextPhase, TryNextShopRule, each until it
/// says no, in that order.
/// </summary>
public ref struct WhyReplyReader
{
    private WireReader _reader;
    private int _sourcesLeft;
    private int _eventsLeft;
    private int _phasesLeft;
    private int _shopRulesLeft;

    public WhyHead Head { get; private set; }

    public static StatusCode TryOpen(ReadOnlySpan<byte> body, out WhyReplyReader reply)
    {
        var reader = new WireReader(body);
        var head = WhyHead.Read(ref reader);
        long needed = ((long)head.SourceCount * WhySourceEntry.BytesMin)
            + ((long)head.EventCount * WhyEventEntry.BytesMin) + ((long)head.PhaseCount * PhaseEntry.BytesMin)
            + ((long)head.ShopRuleCount * RuleEntry.BytesMin);
        reply = new WhyReplyReader
        {
            _reader = reader,
            _sourcesLeft = head.SourceCount,
            _eventsLeft = head.EventCount,
            _phasesLeft = head.PhaseCount,
            _shopRulesLeft = head.ShopRuleCount,
            Head = head,
        };
        return !reader.Failed && needed <= reader.RestBytes ? StatusCode.Ok : StatusCode.Malformed;
    }

    public bool TryNextSource(out WhySourceEntry source)
    {
        source = default;
        if (_sourcesLeft == 0)
        {
            return false;
        }

        _sourcesLeft--;
        source = WhySourceEntry.Read(ref _reader);
        return !_reader.Failed;
    }

    public bool TryNextEvent(out WhyEventEntry one)
    {
        one = default;
        if (_eventsLeft == 0)
        {
            return false;
        }

        _eventsLeft--;
        one = WhyEventEntry.Read(ref _reader);
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

    public bool TryNextShopRule(out RuleEntry rule)
    {
        rule = default;
        if (_shopRulesLeft == 0)
        {
            return false;
        }

        _shopRulesLeft--;
        rule = RuleEntry.Read(ref _reader);
        return !_reader.Failed;
    }

    public readonly StatusCode Finish() =>
        _sourcesLeft == 0 && _eventsLeft == 0 && _phasesLeft == 0 && _shopRulesLeft == 0 && _reader.IsComplete
            ? StatusCode.Ok
            : StatusCode.Malformed;
}
