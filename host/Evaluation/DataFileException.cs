namespace Ebb.Evaluation;

/// <summary>
/// A data file cannot be read or does not hold what it should: one line that names the file (and the line where there
/// is one) and what is wrong. The CLI prints Message as it is.
/// </summary>
public sealed class DataFileException(string message, Exception? inner = null) : Exception(message, inner)
{
    public static DataFileException At(string path, long line, string problem) => new($"{path}:{line}: {problem}");

    public static DataFileException In(string path, string problem, Exception? inner = null) =>
        new($"{path}: {problem}", inner);
}
