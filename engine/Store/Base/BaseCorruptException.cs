namespace Ebb.Engine.Store.Base;

/// <summary>A base or its manifest cannot be read. The message is one line: the file, what is wrong, what to do.</summary>
public sealed class BaseCorruptException(string path, string what, Exception? inner = null)
    : Exception($"{path}: {what}", inner)
{
    internal const string Remedy = "restore it from a copy, or start on another folder";

    public string FilePath { get; } = path;
}
