using Ebb.Engine.Interest;
using Ebb.Engine.Policy;

namespace Ebb.Server.Commands;

/// <summary>The two documents as files; an error names the file, the place in it and the remedy.</summary>
internal static class PolicyFiles
{
    /// <exception cref="CliException">The document cannot be.</exception>
    public static PolicySet ReadPolicies(string path) => Read(path, PolicyDocument.Read);

    /// <exception cref="CliException">The document cannot be.</exception>
    public static MemorySchema ReadMemorySchema(string path) => Read(path, MemorySchemaDocument.Read);

    private static T Read<T>(string path, Func<string, T> read)
    {
        try
        {
            return read(File.ReadAllText(path));
        }
        catch (DocumentException problem)
        {
            throw new CliException($"{path}: {problem.Message}", "see ebb policy schema");
        }
    }
}
