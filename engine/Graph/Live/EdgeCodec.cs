using System.Buffers.Binary;
using System.Text;

namespace Ebb.Engine.Graph.Live;

/// <summary>
/// Bytes of an edge in the catalogue's log and base, little-endian.
/// <code>
/// 0 u8 relation bytes · 1 u8 who says it (1 given, 2 learned) · 2 u8 from kind bytes · 3 u8 from id bytes
/// 4 u8 to kind bytes · 5 u8 to id bytes · 6 u16 zero · 8 f32 weight, 0: no more · 12 relation, kind, id, kind, id
/// </code>
/// </summary>
internal static class EdgeCodec
{
    public const int HeadBytes = 12;

    public static int BytesOf(GraphEdge edge) =>
        HeadBytes + Length(edge.Relation) + Length(edge.From.Kind) + edge.From.Id.Span.Length
        + Length(edge.To.Kind) + edge.To.Id.Span.Length;

    public static void Write(GraphEdge edge, EdgeOrigins origin, Span<byte> target)
    {
        BinaryPrimitives.WriteSingleLittleEndian(target[8..], edge.Weight);
        target[1] = (byte)origin;
        Span<byte> rest = target[HeadBytes..];
        target[0] = Put(edge.Relation, ref rest);
        target[2] = Put(edge.From.Kind, ref rest);
        target[3] = Put(edge.From.Id, ref rest);
        target[4] = Put(edge.To.Kind, ref rest);
        target[5] = Put(edge.To.Id, ref rest);
    }

    /// <summary>Reads one edge from the front and says how long it is; 0: none is there.</summary>
    public static int Read(ReadOnlySpan<byte> bytes, out GraphEdge edge, out EdgeOrigins origin)
    {
        edge = null!;
        origin = EdgeOrigins.None;
        if (bytes.Length < HeadBytes)
        {
            return 0;
        }

        int length = HeadBytes + bytes[0] + bytes[2] + bytes[3] + bytes[4] + bytes[5];
        origin = (EdgeOrigins)bytes[1];
        if (bytes.Length < length || origin is not (EdgeOrigins.Given or EdgeOrigins.Learned))
        {
            return 0;
        }

        ReadOnlySpan<byte> rest = bytes[HeadBytes..];
        string relation = Take(ref rest, bytes[0]);
        var from = new GraphEnd(Take(ref rest, bytes[2]), TakeId(ref rest, bytes[3]));
        var to = new GraphEnd(Take(ref rest, bytes[4]), TakeId(ref rest, bytes[5]));
        edge = new GraphEdge(relation, from, to, BinaryPrimitives.ReadSingleLittleEndian(bytes[8..]));
        return edge.Check() == EntryStatus.Ok ? length : 0;
    }

    private static int Length(string text) => Encoding.UTF8.GetByteCount(text);

    private static byte Put(string text, ref Span<byte> rest)
    {
        int length = Encoding.UTF8.GetBytes(text, rest);
        rest = rest[length..];
        return (byte)length;
    }

    private static byte Put(OpaqueId id, ref Span<byte> rest)
    {
        id.Span.CopyTo(rest);
        rest = rest[id.Span.Length..];
        return (byte)id.Span.Length;
    }

    private static string Take(ref ReadOnlySpan<byte> rest, int length)
    {
        string text = Encoding.UTF8.GetString(rest[..length]);
        rest = rest[length..];
        return text;
    }

    private static OpaqueId TakeId(ref ReadOnlySpan<byte> rest, int length)
    {
        var id = new OpaqueId(rest[..length].ToArray());
        rest = rest[length..];
        return id;
    }
}
