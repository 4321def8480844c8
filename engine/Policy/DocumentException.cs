namespace Ebb.Engine.Policy;

/// <summary>A document that cannot be put in force: where in it, and what to write instead.</summary>
public sealed class DocumentException(string path, string problem) : Exception($"{path}: {problem}")
{
    /// <summary>The place, as a JSON path: $.policies[1].keep_below.</summary>
    public string Path { get; } = path;
}
