namespace Ebb.Protocol.Messages;

/// <summary>An edge of GRAPH. A kind of no bytes: an item.</summary>
public readonly ref struct GraphEdgeEntry
{
    public const int BytesMin = 12;

    public ReadOnlySpan<byte> Relation { get; init; }

    public ReadOnlySpan<byte> FromKind { get; init; }

    public ReadOnlySpan<byte> From { get; init; }

    public ReadOnlySpan<byte> ToKind { get; init; }

    public ReadOnlySpan<byte> To { get; init; }

    public float Weight { get; init; }

    public static GraphEdgeEntry Read(scoped ref WireReader reader)
    {
        var lengths = reader.ReadBytes(8);
        float weight = reader.ReadSingle();
        if (reader.Failed)
        {
            return default;
        }

        return new GraphEdgeEntry
        {
            Weight = weight,
            Relation = reader.ReadBytes(lengths[0]),
            FromKind = reader.ReadBytes(lengths[1]),
            From = reader.ReadBytes(lengths[2]),
            ToKind = reader.ReadBytes(lengths[3]),
            To = reader.ReadBytes(lengths[4]),
        };
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)Relation.Length);
        body.WriteByte((byte)FromKind.Length);
        body.WriteByte((byte)From.Length);
        body.WriteByte((byte)ToKind.Length);
        body.WriteByte((byte)To.Length);
        body.Append(3).Clear();
        body.WriteSingle(Weight);
        body.WriteBytes(Relation);
        body.WriteBytes(FromKind);
        body.WriteBytes(From);
        body.WriteBytes(ToKind);
        body.WriteBytes(To);
    }
}
