using System.Runtime.InteropServices;

namespace Ebb.Engine.Sources;

/// <summary>
/// The items that a sparse source has a value for, for one list: T rows and a value a source each. Reused; belongs to
/// the list's job.
/// </summary>
internal sealed class TouchedItems
{
    /// <summary>The sparse kinds, in the order of <see cref="SourceKind"/> after Vector.</summary>
    public const int SourceCount = 4;

    /// <summary>
    /// T at most: the popular, then the links of a last item, of each seed, and the recent items themselves.
    /// </summary>
    public const int RowCountMax =
        PopularityTable.ItemCountMax + (LinkRow.PublishedCountMax * (1 + SourceReader.SeedCountMax))
        + Interest.MemorySchema.RecentEventCountMax;

    private readonly List<int> _rows = [];
    private readonly List<double> _values = [];

    // Open addressing: place + 1 in _rows, 0 for free; cleared by the rows that were put in.
    private readonly short[] _placeOf = new short[4096];

    public int Count => _rows.Count;

    public ReadOnlySpan<int> Rows => CollectionsMarshal.AsSpan(_rows);

    public void Clear()
    {
        _rows.Clear();
        _values.Clear();
        Array.Clear(_placeOf);
    }

    /// <summary>Has the row scored one by one although no source has a value for it.</summary>
    public void Touch(int row) => PlaceOf(row);

    public void Add(int row, SourceKind kind, double value)
    {
        // The place first: it may move the values.
        int place = PlaceOf(row);
        CollectionsMarshal.AsSpan(_values)[(place * SourceCount) + (int)kind - 1] += value;
    }

    /// <summary>The four values of a row, the first sparse kind first.</summary>
    public ReadOnlySpan<double> Values(int place) =>
        CollectionsMarshal.AsSpan(_values).Slice(place * SourceCount, SourceCount);

    /// <summary>Where the row stands in <see cref="Rows"/>, or -1.</summary>
    public int Find(int row) => _placeOf[BucketOf(row)] - 1;

    private int PlaceOf(int row)
    {
        int bucket = BucketOf(row);
        if (_placeOf[bucket] != 0)
        {
            return _placeOf[bucket] - 1;
        }

        _placeOf[bucket] = (short)(_rows.Count + 1);
        _rows.Add(row);
        CollectionsMarshal.SetCount(_values, _values.Count + SourceCount);
        CollectionsMarshal.AsSpan(_values)[^SourceCount..].Clear();
        return _rows.Count - 1;
    }

    // The row's bucket, or the free one that it would take.
    private int BucketOf(int row)
    {
        int mask = _placeOf.Length - 1;
        int bucket = (int)(((uint)row * 0x9E3779B1u) >> 20) & mask;
        while (_placeOf[bucket] != 0 && _rows[_placeOf[bucket] - 1] != row)
        {
            bucket = (bucket + 1) & mask;
        }

        return bucket;
    }
}
