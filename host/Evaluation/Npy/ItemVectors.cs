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
    public static ItemVectors Load(string vectorsPath, string idsPath)
    {
        string[] ids = ReadIds(idsPath);
        using NpyReader reader = NpyReader.Open(vectorsPath);
        if (reader.RowCount != ids.Length)
        {
            throw DataFileException.In(
                vectorsPath, $"holds {reader.RowCount:N0} vectors, but {idsPath} names {ids.Length:N0} items.");
        }

        long valueCount = reader.RowCount * reader.ColumnCount;
        if (valueCount > Array.MaxLength)
        {
            throw DataFileException.In(vectorsPath, $"holds {valueCount:N0} numbers; {Array.MaxLength:N0} fit.");
        }

        float[] values = new float[valueCount];
        int dimension = reader.ColumnCount;
        for (int row = 0; row < ids.Length; row++)
        {
            Span<float> vector = values.AsSpan(row * dimension, dimension);
            reader.TryReadRow(vector);
            if (!AreFinite(vector))
            {
                throw DataFileException.In(
                    vectorsPath, $"the vector of '{ids[row]}' (row {row}) holds a number that is not finite.");
            }
        }

        return new ItemVectors(ids, values, dimension);
    }

    private static bool AreFinite(ReadOnlySpan<float> vector)
    {
        foreach (float value in vector)
        {
            if (!float.IsFinite(value))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A line an id, in order; empty lines are left out.</summary>
    /// <exception cref="DataFileException">Unreadable, or an id comes twice.</exception>
    public static string[] ReadIds(string path)
    {
        var ids = new List<string>();
        var lineOf = new Dictionary<string, long>();
        foreach ((long number, string text) in DataFile.ReadLines(path))
        {
            string id = text.Trim();
            if (!lineOf.TryAdd(id, number))
            {
                throw DataFileException.At(path, number, $"the id '{id}' stands on line {lineOf[id]} already.");
            }

            ids.Add(id);
        }

        return [.. ids];
    }
}
