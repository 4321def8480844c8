namespace Ebb.Protocol.Messages;

/// <summary>
/// Body of EXPERIMENTS: u8 what, u8 policy bytes, u8 author bytes, u8 reason bytes, policy, author, reason. Texts are
/// Revert's alone, UTF-8; Arm has a user's id for the policy.
/// </summary>
public readonly ref struct ExperimentsRequest
{
    public EbbExperimentsVerb What { get; init; }

    public ReadOnlySpan<byte> Policy { get; init; }

    public ReadOnlySpan<byte> Author { get; init; }

    public ReadOnlySpan<byte> Reason { get; init; }

    /// <summary>It changes something, whatever else is wrong with it.</summary>
    public static bool IsChange(ReadOnlySpan<byte> body) =>
        body.Length > 0 && body[0] == (byte)EbbExperimentsVerb.Revert;

    /// <summary>It is about one user, and not about all tenants'.</summary>
    public static bool IsOfUser(ReadOnlySpan<byte> body) =>
        body.Length > 0 && body[0] == (byte)EbbExperimentsVerb.Arm;

    /// <returns>Ok, Malformed or IdLength.</returns>
    public static StatusCode TryRead(ReadOnlySpan<byte> body, out ExperimentsRequest request)
    {
        var reader = new WireReader(body);
        var what = (EbbExperimentsVerb)reader.ReadByte();
        byte policyBytes = reader.ReadByte();
        byte authorBytes = reader.ReadByte();
        byte reasonBytes = reader.ReadByte();
        request = new ExperimentsRequest
        {
            What = what,
            Policy = reader.ReadBytes(policyBytes),
            Author = reader.ReadBytes(authorBytes),
            Reason = reader.ReadBytes(reasonBytes),
        };
        bool hasTexts = policyBytes > 0 && authorBytes > 0 && reasonBytes > 0;
        bool hasNone = policyBytes + authorBytes + reasonBytes == 0;
        bool isWhole = what switch
        {
            EbbExperimentsVerb.Revert => hasTexts,
            EbbExperimentsVerb.Arm => authorBytes + reasonBytes == 0,
            _ => what < EbbExperimentsVerb.Revert && hasNone,
        };
        if (!reader.IsComplete || !isWhole)
        {
            return StatusCode.Malformed;
        }

        return what == EbbExperimentsVerb.Arm && policyBytes is 0 or > ProtocolLimits.IdBytesMax
            ? StatusCode.IdLength
            : StatusCode.Ok;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)What);
        body.WriteByte((byte)Policy.Length);
        body.WriteByte((byte)Author.Length);
        body.WriteByte((byte)Reason.Length);
        body.WriteBytes(Policy);
        body.WriteBytes(Author);
        body.WriteBytes(Reason);
    }
}
