namespace Ebb.Protocol.Messages;

/// <summary>Reads the reply to AUDIENCE: TryNext until it says no.</summary>
public ref struct AudienceReader
{
    private WireReader _reader;
    private int _left;

    public AudienceHead Head { get; private set; }

    public static StatusCode TryOpen(ReadOnlySpan<byte> body, out AudienceReader audience)
    {
        var reader = new WireReader(body);
        var head = AudienceHead.Read(ref reader);
        audience = new AudienceReader { _reader = reader, _left = head.MemberCount, Head = head };
        return !reader.Failed && (long)head.MemberCount * AudienceMemberEntry.BytesMin <= reader.RestBytes
            ? StatusCode.Ok
            : StatusCode.Malformed;
    }

    public bool TryNext(out AudienceMemberEntry member)
    {
        member = default;
        if (_left == 0)
        {
            return false;
        }

        _left--;
        member = AudienceMemberEntry.Read(ref _reader);
        return !_reader.Failed;
    }

    public readonly StatusCode Finish() => _left == 0 && _reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
}
