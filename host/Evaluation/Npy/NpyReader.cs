namespace Ebb.Evaluation.Npy;

/// <summary>
/// Reads a NumPy array file row by row as float32: float32 or float64, little-endian, one or two dimensions, C order
/// (streamed) or Fortran order (read whole: its rows are spread over the file), .npy or .npy.gz. Not thread-safe.
/// </summary>
public sealed class NpyReader : IDisposable
{
    public static NpyReader Open(string path) => throw new NotImplementedException();

    public long RowCount => throw new NotImplementedException();

    /// <summary>1 for an array of one dimension.</summary>
    public int ColumnCount => throw new NotImplementedException();

    /// <summary>Fills ColumnCount floats with the next row; false after the last.</summary>
    /// <exception cref="DataFileException">The file ends early.</exception>
    public bool TryReadRow(Span<float> row) => throw new NotImplementedException();

    public void Dispose()
    {
    }
}
