using System.Runtime.InteropServices;
using Ebb.Engine.Graph.Live;
using Ebb.Engine.Merchandising;

namespace Ebb.Engine.Catalogue;

/// <summary>
/// What one open change holds. New ids: their rows are taken at once (Direct), their data lies in the table out of
/// sight. Everything else (replaced, removed, or contested by another open change) waits in Aside and wins over Direct.
/// Guarded by the catalogue's writer lock.
/// </summary>
internal sealed class StagedChange(ulong id, int dimension)
{
    public ulong Id { get; } = id;

    public RowRuns Direct { get; } = new();

    /// <summary>By row; null removes it.</summary>
    public Dictionary<int, AsideItem?> Aside { get; } = [];

    /// <summary>By row; shown after what was put.</summary>
    public Dictionary<int, RowPatch> Patches { get; } = [];

    public List<RuleChange> Rules { get; } = [];

    /// <summary>Edges of the graph.</summary>
    public List<StagedEdge> Edges { get; } = [];

    /// <summary>What other kinds' vectors are after it; null: as before.</summary>
    public KindTables? Kinds { get; set; }

    /// <summary>Vectors of direct rows not in the matrix yet.</summary>
    public PendingVectors Pending { get; } = new(dimension);

    /// <summary>Entries not in the log yet.</summary>
    public EntryBuffer Entries { get; } = new();

    /// <summary>Sequence of its first entry in the log; 0 while none is there.</summary>
    public ulong FirstSequence { get; set; }

    public uint PutCount { get; set; }

    public uint RemoveCount { get; set; }

    public uint PatchCount { get; private set; }

    public bool IsEmpty => PutCount == 0 && RemoveCount == 0 && PatchCount == 0 && Rules.Count == 0
        && Edges.Count == 0;

    public void AddPatch(int row, in RowPatch patch)
    {
        Patches[row] = Patches.TryGetValue(row, out RowPatch former) ? former.Then(patch) : patch;
        PatchCount++;
    }
}

/// <summary>An item's data held aside until its change is published.</summary>
internal sealed class AsideItem(in CodedItem item)
{
    private readonly float[] _vector = item.Vector.ToArray();
    private readonly float[] _own = item.Own.ToArray();
    private readonly uint[] _tags = item.Tags.IsEmpty ? [] : item.Tags.ToArray();
    private readonly ItemCodes _codes = item.Codes;
    private readonly bool _inStock = item.InStock;

    /// <summary>Without its id: the row has that.</summary>
    public CodedItem Item => new()
    {
        Id = default,
        Vector = _vector,
        Own = _own,
        Codes = _codes,
        Tags = _tags,
        InStock = _inStock,
    };
}

/// <summary>Rows and their vectors, gathered so that the gate is closed once for many.</summary>
internal sealed class PendingVectors(int dimension)
{
    private readonly List<int> _rows = [];

    private float[] _vectors = [];

    public ReadOnlySpan<int> Rows => CollectionsMarshal.AsSpan(_rows);

    public long ByteCount => (long)_rows.Count * dimension * sizeof(float);

    public ReadOnlySpan<float> Vector(int at) => _vectors.AsSpan(at * dimension, dimension);

    public void Add(int row, ReadOnlySpan<float> vector)
    {
        int end = _rows.Count * dimension;
        if (_vectors.Length < end + dimension)
        {
            Array.Resize(ref _vectors, Math.Max(_vectors.Length * 2, end + dimension));
        }

        vector.CopyTo(_vectors.AsSpan(end));
        _rows.Add(row);
    }

    public void Clear() => _rows.Clear();
}
