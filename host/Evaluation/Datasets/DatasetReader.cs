namespace Ebb.Evaluation.Datasets;

/// <summary>Reads a data set into memory.</summary>
public static class DatasetReader
{
    /// <summary>
    /// Path is a file, or a folder that holds the data set's usual file names. Rows that cannot be read are counted
    /// in the log; a file that cannot be read throws.
    /// </summary>
    /// <exception cref="DataFileException">One line that names the file, and the line where there is one.</exception>
    public static BehaviourLog Read(DatasetKind kind, string path) => throw new NotImplementedException();
}
