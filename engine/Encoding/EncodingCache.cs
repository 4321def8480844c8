namespace Ebb.Engine.Encoders;

/// <summary>
/// The last encodings of a partition's users. A user's state is named by the log sequence that was applied to it last,
/// and no two users share one, so a new event makes the old encoding unreachable and nothing is ever invalidated. Of
/// two that fall on one place the newer stays. Used by the partition's writer; bounded, allocated at the first.
/// </summary>
internal sealed class EncodingCache(int dimension)
{
    /// <summary>1 MiB at D = 64.</summary>
    public const int PlaceCount = 4096;

    private ulong[] _sequences = [];
    private float[] _vectors = [];

    public bool TryGet(ulong sequence, Span<float> vector)
    {
        int place = (int)(sequence % PlaceCount);
        if (sequence == 0 || _sequences.Length == 0 || _sequences[place] != sequence)
        {
            return false;
        }

        _vectors.AsSpan(place * dimension, dimension).CopyTo(vector);
        return true;
    }

    public void Put(ulong sequence, ReadOnlySpan<float> vector)
    {
        if (_sequences.Length == 0)
        {
            _sequences = new ulong[PlaceCount];
            _vectors = new float[PlaceCount * dimension];
        }

        int place = (int)(sequence % PlaceCount);
        _sequences[place] = sequence;
        vector.CopyTo(_vectors.AsSpan(place * dimension, dimension));
    }

    /// <summary>From here on nothing is known.</summary>
    public void Clear() => Array.Clear(_sequences);
}
