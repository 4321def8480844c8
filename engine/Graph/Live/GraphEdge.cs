using System.Text;

namespace Ebb.Engine.Graph.Live;

/// <summary>
/// An edge, both ends neighbours of each other over the relation. Weight 0 takes it away. Names of relations and kinds
/// are UTF-8 of 1 to 32 bytes.
/// </summary>
public sealed record GraphEdge(string Relation, GraphEnd From, GraphEnd To, float Weight = 1)
{
    public const int NameBytesMax = 32;

    internal EntryStatus Check()
    {
        if (!From.Id.IsValid || !To.Id.IsValid)
        {
            return EntryStatus.IdLength;
        }

        EntryStatus status = CheckName(Relation);
        status = status == EntryStatus.Ok ? CheckName(From.Kind) : status;
        status = status == EntryStatus.Ok ? CheckName(To.Kind) : status;
        if (status != EntryStatus.Ok)
        {
            return status;
        }

        if (!(Weight >= 0 && float.IsFinite(Weight)))
        {
            return EntryStatus.NotFinite;
        }

        return From == To ? EntryStatus.Malformed : EntryStatus.Ok;
    }

    private static EntryStatus CheckName(string name)
    {
        if (string.IsNullOrEmpty(name) || name.AsSpan().ContainsAnyInRange('\ud800', '\udfff'))
        {
            return EntryStatus.Malformed;
        }

        return Encoding.UTF8.GetByteCount(name) > NameBytesMax ? EntryStatus.AttributeTooLong : EntryStatus.Ok;
    }
}
