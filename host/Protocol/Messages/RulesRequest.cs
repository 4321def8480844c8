namespace Ebb.Protocol.Messages;

/// <summary>Body of RULES: the verb, and for put and remove one rule.</summary>
public readonly ref struct RulesRequest
{
    public EbbRulesVerb Verb { get; init; }

    /// <summary>Put: the rule. Remove: number, author and reason of it count.</summary>
    public RuleEntry Rule { get; init; }

    public bool HasRule => Verb is EbbRulesVerb.Put or EbbRulesVerb.Remove;

    /// <returns>Ok or Malformed.</returns>
    public static StatusCode TryRead(ReadOnlySpan<byte> body, out RulesRequest request)
    {
        request = default;
        var reader = new WireReader(body);
        byte verb = reader.ReadByte();
        reader.ReadBytes(3);
        if (verb > (byte)EbbRulesVerb.Audit)
        {
            return StatusCode.Malformed;
        }

        request = new RulesRequest { Verb = (EbbRulesVerb)verb };
        if (request.HasRule)
        {
            request = new RulesRequest { Verb = request.Verb, Rule = RuleEntry.Read(ref reader) };
        }

        return reader.IsComplete ? StatusCode.Ok : StatusCode.Malformed;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)Verb);
        body.Append(3).Clear();
        if (HasRule)
        {
            Rule.Write(body);
        }
    }
}
