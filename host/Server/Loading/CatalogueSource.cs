using Ebb.Client;
using Ebb.Evaluation;
using Ebb.Evaluation.Npy;
using Ebb.Protocol;

namespace Ebb.Server.Loading;

/// <summary>
/// Items from files, one after another; vectors and ids are streamed, attributes are held. Not thread-safe.
/// </summary>
public sealed class CatalogueSource : IDisposable
{
    private readonly NpyReader _vectors;
    private readonly StreamReader _ids;
    private readonly CatalogueFiles _files;
    private readonly AttributeTable _attributes;
    private long _row;

    private CatalogueSource(CatalogueFiles files, NpyReader vectors, StreamReader ids, AttributeTable attributes)
    {
        _files = files;
        _vectors = vectors;
        _ids = ids;
        _attributes = attributes;
    }

    public long Count => _vectors.RowCount;

    public int Dimension => _vectors.ColumnCount;

    public string VectorsPath => _files.VectorsPath;

    /// <summary>Rows of the attributes file that could not be read.</summary>
    public IReadOnlyList<string> BadRows => _attributes.BadRows;

    public long BadRowCount => _attributes.BadRowCount;

    /// <exception cref="DataFileException">A file cannot be read; the line names it.</exception>
    public static CatalogueSource Open(CatalogueFiles files)
    {
        AttributeTable attributes =
            files.AttributesPath is string path ? AttributeTable.Read(path) : AttributeTable.Empty;
        NpyReader vectors = NpyReader.Open(files.VectorsPath);
        try
        {
            return new CatalogueSource(files, vectors, new StreamReader(files.IdsPath), attributes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            vectors.Dispose();
            throw DataFileException.In(files.IdsPath, "cannot be read (" + exception.Message + ")", exception);
        }
    }

    /// <summary>The next item; null after the last.</summary>
    /// <exception cref="DataFileException">Vectors and ids differ in number, or the file ends early.</exception>
    public EbbItem? Next()
    {
        string? id = _ids.ReadLine();
        if (_row == Count)
        {
            return id is null or "" ? null : throw DataFileException.At(
                _files.IdsPath, _row + 1, $"more ids than the {Count} vectors of {_files.VectorsPath}");
        }

        if (id is null)
        {
            throw DataFileException.In(
                _files.IdsPath, $"ends after {_row} ids; {_files.VectorsPath} has {Count} vectors");
        }

        var vector = new float[Dimension];
        _vectors.TryReadRow(vector);
        _row++;
        return _attributes.Describe(new EbbItem(new EbbId(id), vector), id);
    }

    public void Dispose()
    {
        _vectors.Dispose();
        _ids.Dispose();
    }
}
