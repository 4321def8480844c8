namespace Ebb.Engine.Encoders;

/// <summary>
/// What the encoder says of one list's user, and the query that it makes together with the interest vector. Reused;
/// belongs to the list's job.
/// </summary>
internal sealed class JobEncoding(int dimension)
{
    private float[] _chances = [];

    public EncodingUse Use { get; set; }

    /// <summary>Vector holds something.</summary>
    public bool IsThere => Use is EncodingUse.Fresh or EncodingUse.Kept;

    /// <summary>When it was handed to the encoder, in the clock's ticks.</summary>
    public long AddedAt { get; set; }

    /// <summary>z, in item space.</summary>
    public float[] Vector { get; } = new float[dimension];

    /// <summary>w_v·v/spread_v + w_z·z/spread_z: both dense sources in one query.</summary>
    public float[] Folded { get; } = new float[dimension];

    /// <summary>Of the model that was asked; null where it has no head.</summary>
    public HeadCategories? Head { get; private set; }

    /// <summary>P(next category) by column of the head, the sum 1; empty without one.</summary>
    public Span<float> Chances => _chances.AsSpan(0, Head?.Count ?? 0);

    public void SetHead(HeadCategories? head)
    {
        Head = head;
        if (_chances.Length < (head?.Count ?? 0))
        {
            _chances = new float[head!.Count];
        }
    }
}
