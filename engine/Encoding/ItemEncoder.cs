namespace Ebb.Engine.Encoders;

/// <summary>
/// A bundle's item encoder: a text (title, description) in, a vector in the space of the item vectors out. Any thread,
/// one at a time. The model is the sequence encoder's.
/// </summary>
public sealed class ItemEncoder
{
    internal const int BatchRowCount = 64;

    private readonly IRowLane _lane;
    private readonly ItemEncoderShape _shape;
    private readonly Lock _gate = new();
    private bool _isClosed;

    internal ItemEncoder(IRowLane lane, ItemEncoderShape shape)
    {
        _lane = lane;
        _shape = shape;
    }

    public int Dimension => _shape.Rows.OutputWidth;

    /// <summary>One vector; empty where no word of the text says anything.</summary>
    /// <exception cref="BundleException">The model cannot be run.</exception>
    public float[] Encode(string text) => Encode([text])[0];

    /// <summary>A vector a text; empty where none of its words says anything.</summary>
    /// <exception cref="BundleException">The model cannot be run, or says what is no number.</exception>
    public float[][] Encode(IReadOnlyList<string> texts)
    {
        float[][] vectors = new float[texts.Count][];
        lock (_gate)
        {
            if (_isClosed)
            {
                throw new BundleException($"{ModelBundle.ItemEncoderName}: its model is closed");
            }

            for (int start = 0; start < texts.Count; start += BatchRowCount)
            {
                int count = Math.Min(BatchRowCount, texts.Count - start);
                for (int row = 0; row < count; row++)
                {
                    Span<long> numbers = _lane.Numbers.AsSpan(row * _shape.Rows.InputWidth, _shape.Rows.InputWidth);
                    numbers.Clear();
                    TextWords.Read(texts[start + row], _shape.BucketCount, numbers);
                }

                _lane.Run(count);
                for (int row = 0; row < count; row++)
                {
                    vectors[start + row] = Take(row);
                }
            }
        }

        return vectors;
    }

    /// <summary>The model is about to go; who comes later is refused.</summary>
    internal void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
        }
    }

    private float[] Take(int row)
    {
        ReadOnlySpan<float> vector = _lane.Output.AsSpan(row * Dimension, Dimension);
        foreach (float value in vector)
        {
            if (!float.IsFinite(value))
            {
                throw new BundleException($"{ModelBundle.ItemEncoderName}: gives what is no number");
            }
        }

        return vector.ContainsAnyExcept(0f) ? vector.ToArray() : [];
    }
}
