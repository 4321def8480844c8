using System.Buffers.Binary;

namespace Ebb.Evaluation.Npy;

/// <summary>
/// Reads a NumPy array file row by row as float32: float32 or float64, little-endian, one or two dimensions, C order
/// (streamed) or Fortran order (read whole: its rows are spread over the file), .npy or .npy.gz. Not thread-safe.
/// </summary>
public sealed class NpyReader : IDisposable
{
    private readonly string _path;
    private readonly Stream _stream;
    private readonly NpyHeader _header;
    private readonly byte[] _rowBytes;
    private readonly float[]? _fortranValues;
    private long _nextRow;

    private NpyReader(string path, Stream stream, NpyHeader header)
    {
        _path = path;
        _stream = stream;
        _header = header;
        CheckLength();
        _rowBytes = new byte[header.ColumnCount * header.ElementBytes];
        if (header.FortranOrder && header.ColumnCount > 1)
        {
            _fortranValues = ReadFortran();
        }
    }

    public long RowCount => _header.RowCount;

    /// <summary>1 for an array of one dimension.</summary>
    public int ColumnCount => _header.ColumnCount;

    /// <exception cref="DataFileException">One line that names the file and what is wrong with it.</exception>
    public static NpyReader Open(string path)
    {
        Stream stream = DataFile.OpenRead(path);
        try
        {
            return new NpyReader(path, stream, NpyHeader.Read(stream, path));
        }
        catch (Exception error)
        {
            stream.Dispose();
            if (error is not DataFileException && DataFile.IsReadFailure(error))
            {
                throw DataFile.Unreadable(path, error);
            }

            throw;
        }
    }

    /// <summary>Fills ColumnCount floats with the next row; false after the last.</summary>
    /// <exception cref="DataFileException">The file ends early.</exception>
    public bool TryReadRow(Span<float> row)
    {
        if (row.Length != ColumnCount)
        {
            throw new ArgumentException($"A row has {ColumnCount} floats, not {row.Length}.", nameof(row));
        }

        if (_nextRow >= RowCount)
        {
            return false;
        }

        if (_fortranValues is null)
        {
            ReadBytes(_rowBytes, _nextRow);
            Decode(_rowBytes, row);
        }
        else
        {
            for (int column = 0; column < row.Length; column++)
            {
                row[column] = _fortranValues[(column * RowCount) + _nextRow];
            }
        }

        _nextRow++;
        return true;
    }

    public void Dispose() => _stream.Dispose();

    private float[] ReadFortran()
    {
        double count = (double)RowCount * ColumnCount;
        if (count > Array.MaxLength / _header.ElementBytes)
        {
            throw DataFileException.In(
                _path, $"has {count:N0} numbers in Fortran order, too many to turn; save it in C order.");
        }

        float[] values = new float[(long)count];
        byte[] column = new byte[RowCount * _header.ElementBytes];
        for (int index = 0; index < ColumnCount; index++)
        {
            ReadBytes(column, 0);
            Decode(column, values.AsSpan((int)(index * RowCount), (int)RowCount));
        }

        return values;
    }

    private void ReadBytes(byte[] bytes, long row)
    {
        try
        {
            if (_stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            {
                throw DataFileException.In(_path, $"ends early: row {row} of {RowCount} is cut off.");
            }
        }
        catch (Exception error) when (DataFile.IsReadFailure(error))
        {
            throw DataFile.Unreadable(_path, error);
        }
    }

    /// <summary>A plain file tells its length: a cut one is refused before anything is loaded from it.</summary>
    private void CheckLength()
    {
        if (!_stream.CanSeek)
        {
            return;
        }

        // In double: a shape may multiply past 2^63 and must then be refused, not wrap around.
        double needed = (double)RowCount * ColumnCount * _header.ElementBytes;
        long held = _stream.Length - _stream.Position;
        if (needed > held)
        {
            throw DataFileException.In(
                _path, $"ends early: ({RowCount}, {ColumnCount}) needs {needed:N0} bytes, {held:N0} are there.");
        }
    }

    private void Decode(ReadOnlySpan<byte> bytes, Span<float> values)
    {
        for (int index = 0; index < values.Length; index++)
        {
            values[index] = _header.IsDouble
                ? (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(index * sizeof(double))..])
                : BinaryPrimitives.ReadSingleLittleEndian(bytes[(index * sizeof(float))..]);
        }
    }
}
