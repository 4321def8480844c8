using Ebb.Engine.Interest;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Evaluation;
using Ebb.Evaluation.Npy;

namespace Ebb.Server.Commands;

/// <summary>The two documents as files; an error names the file, the place in it and the remedy.</summary>
internal static class PolicyFiles
{
    /// <exception cref="CliException">The document cannot be.</exception>
    public static PolicySet ReadPolicies(string path) =>
        Read(path, json => PolicyDocument.Read(json, name => ReadMatrix(path, name)), "see ebb policy schema");

    /// <exception cref="CliException">The document cannot be.</exception>
    public static MemorySchema ReadMemorySchema(string path) =>
        Read(path, MemorySchemaDocument.Read, "see ebb policy schema --memory");

    /// <summary>A matrix that a policy names lies beside it, unless its path says otherwise.</summary>
    private static float[][] ReadMatrix(string policyPath, string name)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(policyPath))!;
        try
        {
            using var reader = NpyReader.Open(Path.Combine(folder, name));
            if (reader.RowCount > ProjectionPolicy.RowCountMax)
            {
                throw new ArgumentException(
                    $"{name} has {reader.RowCount} rows, at most {ProjectionPolicy.RowCountMax}");
            }

            float[][] rows = [.. Enumerable.Range(0, (int)reader.RowCount).Select(_ => new float[reader.ColumnCount])];
            Array.ForEach(rows, row => reader.TryReadRow(row));
            return rows;
        }
        catch (DataFileException problem)
        {
            throw new ArgumentException(problem.Message, problem);
        }
    }

    private static T Read<T>(string path, Func<string, T> read, string whatToDo)
    {
        try
        {
            return read(File.ReadAllText(path));
        }
        catch (DocumentException problem)
        {
            throw new CliException($"{path}: {problem.Message}", whatToDo);
        }
    }
}
