namespace Ebb.Protocol.Messages;

/// <summary>Reads a count and as many rules: the reply of RULES, and the end of WHY's.</summary>
public ref struct RuleListReader
{
    private WireReader _reader;
    private int _left;

    public int Count { get; private set; }

    public static StatusCode TryOpen(ReadOnlySpan<byte> body, out RuleListReader rules)
    {
        var reader = new WireReader(body);
        uint count = reader.ReadUInt32();
        var status = EntryCounts.Judge(ref reader, count, RuleEntry.BytesMin, int.MaxValue);
        rules = status == StatusCode.Ok
            ? new RuleListReader { _reader = reader, _left = (int)count, Count = (int)count }
            : default;
        return status;
    }

    public bool TryNext(out RuleEntry rule)
    {
        rule = default;
        if (_left == 0)
        {
            return false;
        }

        _left--;
        rule = RuleEntry.Read(ref _reader);
        return !_reader.Failed;
    }

    public readonly StatusCode Finish() => _left == 0 && _reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
}
