using System.IO.Compression;

namespace Ebb.Evaluation;

/// <summary>Opens data files, gunzipping those named .gz, and turns what the system throws into one line.</summary>
internal static class DataFile
{
    private const int BufferBytes = 1 << 16;

    public static Stream OpenRead(string path)
    {
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);
            return IsGzip(path) ? new GZipStream(file, CompressionMode.Decompress) : file;
        }
        catch (Exception error) when (IsReadFailure(error))
        {
            throw Unreadable(path, error);
        }
    }

    public static StreamReader OpenText(string path) => new(OpenRead(path), bufferSize: BufferBytes);

    /// <summary>The file's lines with their numbers, from 1. Empty lines are left out.</summary>
    public static IEnumerable<(long Number, string Text)> ReadLines(string path)
    {
        using StreamReader reader = OpenText(path);
        for (long number = 1; ; number++)
        {
            string? text = ReadLine(reader, path, number);
            if (text is null)
            {
                yield break;
            }

            if (text.Length > 0)
            {
                yield return (number, text);
            }
        }
    }

    public static bool IsGzip(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    /// <summary>What opening and reading a file throws when the file, not the program, is at fault.</summary>
    public static bool IsReadFailure(Exception error) =>
        error is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException
            or NotSupportedException;

    public static DataFileException Unreadable(string path, Exception error) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException =>
            DataFileException.In(path, "there is no such file.", error),
        UnauthorizedAccessException =>
            DataFileException.In(path, "may not be read: a folder, or no permission.", error),
        InvalidDataException => DataFileException.In(path, "is not a sound gzip file.", error),
        _ => DataFileException.In(path, "cannot be read: " + error.Message.ReplaceLineEndings(" "), error),
    };

    private static string? ReadLine(StreamReader reader, string path, long number)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (Exception error) when (IsReadFailure(error))
        {
            throw DataFileException.At(path, number, Unreadable(path, error).Message[(path.Length + 2)..]);
        }
    }
}
