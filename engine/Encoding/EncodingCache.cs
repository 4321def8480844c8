namespace Ebb.Engine.Encoders;

/// <summary>
/// The last encodings of a partition's users. A user's state is named by the log sequence that was applied to it last,
/// and no two users share one, so a new event makes the old encoding unreachable and nothing is ever invalidated. Of
/// two that fall on one place the newer stays. Used by the partition's writer; bounded, allocated at the first.
/// </summary>
internal sealed class EncodingCache(int dimension)
{
    /// <summary>1 MiB at D = 64; the head's chances come to it.</summary>
    public const int PlaceCount = 4096;

    private ulong[] _sequences = [];
    private float[] _values = [];
    private HeadCategories? _head;

    /// <summary>The vector, and what the head said with it.</summary>
    public bool TryGet(ulong sequence, JobEncoding encoding)
    {
        int place = (int)(sequence % PlaceCount);
        if (sequence == 0 || _sequences.Length == 0 || _sequences[place] != sequence)
        {
            return false;
        }

        encoding.SetHead(_head);
        ReadOnlySpan<float> kept = Place(place);
        kept[..dimension].CopyTo(encoding.Vector);
        kept[dimension..].CopyTo(encoding.Chances);
        return true;
    }

    public void Put(ulong sequence, JobEncoding encoding)
    {
        if (_sequences.Length == 0 || _head != encoding.Head)
        {
            _head = encoding.Head;
            _sequences = new ulong[PlaceCount];
            _values = new float[PlaceCount * (dimension + encoding.Chances.Length)];
        }

        int place = (int)(sequence % PlaceCount);
        _sequences[place] = sequence;
        encoding.Vector.CopyTo(Place(place));
        encoding.Chances.CopyTo(Place(place)[dimension..]);
    }

    /// <summary>From here on nothing is known.</summary>
    public void Clear() => Array.Clear(_sequences);

    private Span<float> Place(int place)
    {
        int width = dimension + (_head?.Count ?? 0);
        return _values.AsSpan(place * width, width);
    }
}
