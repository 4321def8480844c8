namespace Ebb.Evaluation.Npy;

/// <summary>Item ids and their vectors, read whole. Immutable.</summary>
public sealed class ItemVectors
{
    private readonly float[] _values;

    internal ItemVectors(string[] ids, float[] values, int dimension)
    {
        Ids = ids;
        Dimension = dimension;
        _values = values;
    }

    public IReadOnlyList<string> Ids { get; }

    public int Count => Ids.Count;

    public int Dimension { get; }

    public ReadOnlyMemory<float> Row(int index) => _values.AsMemory(index * Dimension, Dimension);

    /// <summary>Reads vectors and the file that names them: as many lines as vectors, no id twice.</summary>
    /// <exception cref="DataFileException">One line that names the file and what is wrong with it.</exception>
    public static ItemVectors Load(string vectorsPath, string idsPath) => throw new NotImplementedException();
}
