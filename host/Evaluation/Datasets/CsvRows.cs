using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace Ebb.Evaluation.Datasets;

/// <summary>A CSV file's records one by one, with line numbers; a torn file becomes one line of error.</summary>
internal sealed class CsvRows : IDisposable
{
    private readonly string _path;
    private readonly CsvParser _parser;

    public CsvRows(string path)
    {
        _path = path;
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            // A stray quote is the reader's bad row, found by its fields; it must not end the file.
            BadDataFound = null,
            IgnoreBlankLines = true,
            HasHeaderRecord = false,
        };
        _parser = new CsvParser(DataFile.OpenText(path), configuration);
    }

    /// <summary>The line that the current record ends on, from 1.</summary>
    public long LineNumber => _parser.RawRow;

    public int FieldCount => _parser.Count;

    public string this[int field] => _parser[field];

    public bool TryRead()
    {
        try
        {
            return _parser.Read();
        }
        catch (Exception error) when (error is CsvHelperException || DataFile.IsReadFailure(error))
        {
            string problem = (error.InnerException ?? error) is InvalidDataException
                ? "is not a sound gzip file."
                : "cannot be read as CSV.";
            throw new DataFileException($"{_path}:{_parser.RawRow}: {problem}", error);
        }
    }

    public void Dispose() => _parser.Dispose();
}
