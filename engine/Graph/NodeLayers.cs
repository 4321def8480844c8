namespace Ebb.Engine.Graph;

/// <summary>A node's direction and length by layer: layer 0 is its own, the last what it is served with.</summary>
internal sealed class NodeLayers(int layerCount)
{
    private readonly float[]?[] _vectors = new float[layerCount + 1][];
    private readonly double[] _lengths = new double[layerCount + 1];

    public bool HasOwn => _vectors[0] is not null;

    /// <summary>Of the last layer: the length of the weighted mean of what the node sees, 0 to 1.</summary>
    public double Agreement { get; private set; } = 1;

    /// <summary>A unit vector; null: none reaches the node in this many steps.</summary>
    public float[]? Vector(int layer) => _vectors[layer];

    public double Length(int layer) => _lengths[layer];

    public void Own(ReadOnlySpan<float> vector)
    {
        double[] wide = new double[vector.Length];
        for (int d = 0; d < wide.Length; d++)
        {
            wide[d] = vector[d];
        }

        _vectors[0] = Normalised(wide, out double length);
        _lengths[0] = length;
    }

    /// <param name="sum">Of weighted unit vectors.</param>
    /// <param name="total">Of their weights.</param>
    /// <param name="length">Weighted mean of their lengths.</param>
    public void Set(int layer, double[] sum, double total, double length)
    {
        _vectors[layer] = Normalised(sum, out double norm);
        _lengths[layer] = HasOwn ? _lengths[0] : length;
        Agreement = total > 0 ? norm / total : 0;
    }

    private static float[]? Normalised(double[] vector, out double norm)
    {
        double squares = 0;
        foreach (double element in vector)
        {
            squares += element * element;
        }

        norm = Math.Sqrt(squares);
        double by = norm;
        return norm <= 1e-12 ? null : Array.ConvertAll(vector, element => (float)(element / by));
    }
}
