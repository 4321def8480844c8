namespace Ebb.Evaluation.Datasets;

/// <summary>Finds a data set's files in a folder by their usual names.</summary>
public static class DatasetFiles
{
    /// <summary>The path itself when it is no folder; else the one file of the first pattern that matches.</summary>
    /// <exception cref="DataFileException">No file matches, or several do.</exception>
    public static string Find(string path, params ReadOnlySpan<string> patterns)
    {
        if (!Directory.Exists(path))
        {
            return path;
        }

        foreach (string pattern in patterns)
        {
            string[] files = Directory.GetFiles(path, pattern);
            if (files.Length == 1)
            {
                return files[0];
            }

            if (files.Length > 1)
            {
                throw DataFileException.In(path, $"has {files.Length} files {pattern}; name the one that is meant.");
            }
        }

        throw DataFileException.In(path, $"has no file {string.Join(" or ", patterns.ToArray())}.");
    }

    /// <summary>The one .npy beside the data with its items_ids.txt, or null where there is no .npy.</summary>
    public static string? FindVectors(string dataPath)
    {
        string? folder = Directory.Exists(dataPath) ? dataPath : Path.GetDirectoryName(Path.GetFullPath(dataPath));
        return folder is null || !Directory.Exists(folder) || Directory.GetFiles(folder, "*.npy*").Length == 0
            ? null
            : Find(folder, "*.npy*");
    }

    public static string IdsBeside(string vectorsPath) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(vectorsPath)) ?? "", "items_ids.txt");
}
