namespace Ebb.Evaluation.Datasets;

/// <summary>Reads a data set into memory.</summary>
public static class DatasetReader
{
    /// <summary>
    /// Path is a file, or a folder that holds the data set's usual file names (Yoochoose's own split needs the folder:
    /// its train and test files are two). Rows that cannot be read are counted in the log; a file that cannot be read
    /// throws.
    /// </summary>
    /// <exception cref="DataFileException">One line that names the file, and the line where there is one.</exception>
    public static BehaviourLog Read(DatasetKind kind, string path)
    {
        var builder = new BehaviourLogBuilder(kind);
        switch (kind)
        {
            case DatasetKind.OnlineRetail:
                OnlineRetailReader.Read(DatasetFiles.Find(path, "online_retail.csv*", "*.csv*"), builder);
                break;
            case DatasetKind.MovieLens:
                MovieLensReader.Read(DatasetFiles.Find(path, "u.data*"), builder);
                break;
            case DatasetKind.Yoochoose:
                ReadYoochoose(path, builder);
                break;
            case DatasetKind.Otto:
                OttoReader.Read(DatasetFiles.Find(path, "train.jsonl*", "*.jsonl*"), builder);
                break;
            default:
                PlainCsvReader.Read(DatasetFiles.Find(path, "events.csv*", "*.csv*"), builder);
                break;
        }

        return builder.Build(path);
    }

    private static void ReadYoochoose(string path, BehaviourLogBuilder builder)
    {
        YoochooseReader.Read(DatasetFiles.Find(path, "*train_full*", "*train*"), builder);
        if (Directory.Exists(path))
        {
            builder.TestPart = true;
            YoochooseReader.Read(DatasetFiles.Find(path, "*test*"), builder);
        }
    }
}
